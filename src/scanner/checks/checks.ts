/** What expressions cannot decide about a match. By name, because a worker thread is sent no functions. */

export type Check = (secret: string, match: string) => boolean

export const CHECKS = {} as const satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS
