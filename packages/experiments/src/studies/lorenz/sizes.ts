/** How much a training sees, and what is looked at afterwards. */
export interface LorenzSize {
  /** On the command line. */
  readonly name: string;
  /** Points, the held-out ones among them. */
  readonly points: number;
  readonly epochs: number;
  /** Starts that are tried, of which the best goes on. */
  readonly starts: number;
  /** Points to test on, and as many with noise. */
  readonly test: number;
  /** Points of each of the 100 trajectories that the figure shows, {@link SPACING} apart in time. */
  readonly pictured: number;
}

/** Time between the points of a trajectory in the figure (flow spec 4.4). */
export const SPACING = 0.1;

/** From minutes to the many hours of the paper, with equal networks and learning rates. */
export const LORENZ_SIZES: readonly LorenzSize[] = [
  { name: 'small', points: 20_000, epochs: 10, starts: 4, test: 10_000, pictured: 100 },
  { name: 'medium', points: 100_000, epochs: 20, starts: 4, test: 10_000, pictured: 400 },
  { name: 'paper', points: 1_000_000, epochs: 100, starts: 4, test: 10_000, pictured: 4000 },
];

/** In words, for tables and figures. */
export const trainingText = ({ points, epochs }: LorenzSize): string => `${points} points, ${epochs} epochs`;
