/** What a partial mask lets through: `****@example.com`, `****6467`, `A. K.`, `1984-01-01`. */
export type Keep = 'domain' | 'last4' | 'initials' | 'year';

/** How one column is masked. `constant` is a fixed value of the column's own type. */
export type MaskRule =
  { readonly mode: 'constant' } | { readonly mode: 'null' } | { readonly mode: 'partial'; readonly keep: Keep };

/** The `mask` member of a `protect` entry as the configuration file has it. */
export type MaskConfig = undefined | 'null' | 'constant' | { readonly keep: Keep };

/** The rule a `mask` setting means; left out, it is the constant. */
export const maskRuleFromConfig = (config: MaskConfig): MaskRule => {
  if (config === undefined || config === 'constant') return { mode: 'constant' };
  if (config === 'null') return { mode: 'null' };
  return { mode: 'partial', keep: config.keep };
};
