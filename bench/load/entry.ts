/** The section of `npm run bench:load` in docs/benchmarks.md. */
export const LOAD_ENTRY = { name: 'load', title: 'Load, as forgemark makes it' } as const
