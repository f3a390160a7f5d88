/** Version of this program, as the record names it. */
export const VERSION = '0.1.0';
