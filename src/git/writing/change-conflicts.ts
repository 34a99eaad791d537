/** Changes that cannot be meant together, told by their paths alone. */

/** The paths that one change names; `null`: none, or none that is text. */
export interface ChangedPaths {
  readonly path: string | null
  /** Of a move. */
  readonly from: string | null
  readonly removes: boolean
}

export interface ChangeConflict {
  /** Place in the list. */
  readonly change: number
  readonly field: 'path' | 'from'
  readonly message: string
}

interface Named {
  readonly change: number
  readonly field: 'path' | 'from'
  readonly path: string
}

/**
 * No path is named twice. Nothing is put below what another change puts, as a file has nothing below it;
 * nothing is removed below what another change removes, as it goes with that.
 */
export function changeConflicts(changes: readonly ChangedPaths[]): ChangeConflict[] {
  const named = changes.flatMap(({ path, from }, change): Named[] => [
    ...(from === null ? [] : [{ change, field: 'from', path: from } as const]),
    ...(path === null ? [] : [{ change, field: 'path', path } as const]),
  ])
  const goes = ({ change, field }: Named) => field === 'from' || changes[change]?.removes === true
  return [
    ...repeated(named),
    ...nested(
      named.filter((it) => !goes(it)),
      'puts',
    ),
    ...nested(named.filter(goes), 'removes'),
  ]
}

function repeated(named: readonly Named[]): ChangeConflict[] {
  const first = new Map<string, number>()
  return named.flatMap(({ path, change, field }) => {
    const before = first.get(path)
    if (before === undefined) first.set(path, change)
    return before === undefined ? [] : [{ change, field, message: `is named by changes.${before} as well` }]
  })
}

function nested(named: readonly Named[], what: 'puts' | 'removes'): ChangeConflict[] {
  const changeAt = new Map(named.map(({ path, change }) => [path, change]))
  return named.flatMap(({ path, change, field }) => {
    const above = parentsOf(path).find((parent) => changeAt.has(parent))
    if (above === undefined) return []
    return [{ change, field, message: `lies below what changes.${changeAt.get(above)} ${what}` }]
  })
}

function parentsOf(path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'))
}
