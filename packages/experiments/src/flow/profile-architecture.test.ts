import { FLOW_PRESETS } from '@ebim/flows';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../definitions/experiment.js';
import { profileArchitecture } from './profile-architecture.js';

describe('the networks of the profiles', () => {
  it('draw permutations as published, connected, or for a surface', () => {
    const { paper } = FLOW_PRESETS.polynomialSurface;
    const drawn = (profile: Profile) => {
      const { connected, hypersurface } = profileArchitecture(paper, profile);
      return { connected, hypersurface };
    };
    expect(drawn('paper')).toEqual({ connected: false, hypersurface: false });
    expect(drawn('reference')).toEqual({ connected: true, hypersurface: false });
    expect(drawn('corrected')).toEqual({ connected: true, hypersurface: true });
  });
});
