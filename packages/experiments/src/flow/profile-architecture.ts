import type { FlowArchitecture, FlowPreset } from '@ebim/flows';
import type { Profile } from '../definitions/experiment.js';

/**
 * The networks of a profile. Permutations are independent draws, as published, in the profile `paper` only; `corrected`
 * wants those that can have curved hypersurfaces as their manifolds.
 */
export const profileArchitecture = ({ architecture }: FlowPreset, profile: Profile): FlowArchitecture => ({
  ...architecture,
  connected: profile !== 'paper',
  hypersurface: profile === 'corrected',
});
