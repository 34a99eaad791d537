/** The first part of a bot token is the number of its user, in base64. */

/** @see Discord developer documentation, "Snowflakes" */
export function beginsWithSnowflake(token: string): boolean {
  return /^\d{17,20}$/.test(Buffer.from(token.split('.', 1)[0] ?? '', 'base64').toString('latin1'))
}
