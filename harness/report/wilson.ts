/** A confidence interval for a rate. */

export interface Interval {
  low: number;
  high: number;
}

/** Quantile of the normal distribution for 95 % on both sides. */
const Z = 1.959964;

/**
 * The 95 % score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
 * Statistical Association 22 (1927), 209-212: for `hits` of `tries`, from 0 to 1; it is of use for few tries and for rates at 0 and 1 too
 * (Brown, Cai, DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001)). Undefined without tries.
 */
export function wilson(hits: number, tries: number): Interval | undefined {
  if (!(tries > 0) || hits < 0 || hits > tries) return undefined;
  const rate = hits / tries;
  const middle = rate + Z ** 2 / (2 * tries);
  const half = Z * Math.sqrt((rate * (1 - rate)) / tries + Z ** 2 / (4 * tries ** 2));
  const whole = 1 + Z ** 2 / tries;
  // At the ends the bound is the end itself; computed it would be off by rounding, and 0 of 69 not compatible with 0.
  return {
    low: hits === 0 ? 0 : Math.max(0, (middle - half) / whole),
    high: hits === tries ? 1 : Math.min(1, (middle + half) / whole),
  };
}
