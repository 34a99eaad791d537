/** Why a small push is left to git, which takes it or refuses it in its own words. Not an error that anybody sees. */

/** As counted in the metrics. */
export const REASONS = ['empty', 'large', 'malformed', 'fsck', 'missing', 'known', 'busy'] as const

/**
 * `empty`: no object in it, so that no git is started for it either. `large`: over a limit. `malformed`: no pack as
 * it should be. `fsck`: an object that git has to look at.
 * `missing`: something that it refers to is not found, or only where nothing may be relied on. `known`: an object
 * that is there already, with other content. `busy`: too many at once.
 */
export type Reason = (typeof REASONS)[number]

export class Unusual extends Error {
  override readonly name = 'Unusual'
  readonly reason: Reason

  constructor(reason: Reason, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}
