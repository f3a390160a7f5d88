/** The proleptic Gregorian calendar the server uses, in days since 2000-01-01; by eras of 400 years that begin in March. */
const DAYS_FROM_MARCH_0000 = 730_425;
const DAYS_PER_ERA = 146_097;

export interface CivilDate {
  /** astronomical: 0 is 1 BC */
  readonly year: number;
  readonly month: number;
  readonly dayOfMonth: number;
}

export const civilDate = (day: number): CivilDate => {
  const shifted = day + DAYS_FROM_MARCH_0000;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
};

/** The reverse of `civilDate`. */
export const dayOf = (year: number, month: number, dayOfMonth: number): number => {
  const fromMarch = month > 2 ? year : year - 1;
  const monthOfYear = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(fromMarch / 4) - Math.floor(fromMarch / 100) + Math.floor(fromMarch / 400);
  return 365 * fromMarch + leapDays + Math.floor((153 * monthOfYear + 2) / 5) + dayOfMonth - 1 - DAYS_FROM_MARCH_0000;
};
