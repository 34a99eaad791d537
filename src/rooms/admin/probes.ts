/** Asks the parts of the server whether they work, each within a budget, and never twice at once. */

export interface Component {
  readonly name: 'database' | 'storage' | 'jobs' | 'redis'
  /** Rejects when the component does not work. Uses connections that are open already. */
  readonly probe: () => Promise<void>
  /** The server is down without it; without the others it is degraded. */
  readonly vital: boolean
}

export type ComponentStatus = 'ok' | 'down'

export interface Health {
  readonly status: 'ok' | 'degraded' | 'down'
  readonly components: Readonly<Record<string, ComponentStatus>>
}

const BUDGET_MS = 1_000

/** Checks the named components, or all. */
export type CheckHealth = (only?: readonly Component['name'][]) => Promise<Health>

/** Callers at the same time share one probe; one that hangs is waited for again, not started again. */
export function healthCheck(components: readonly Component[], budgetMs = BUDGET_MS): CheckHealth {
  const running = new Map<Component, Promise<ComponentStatus>>()

  const probe = (component: Component): Promise<ComponentStatus> => {
    const started = running.get(component) ?? outcome(component)
    running.set(component, started)
    void started.then(() => running.delete(component))
    return within(budgetMs, started)
  }

  return async (only) => {
    const asked = only ? components.filter(({ name }) => only.includes(name)) : components
    const statuses = await Promise.all(asked.map(probe))
    const down = asked.filter((_, i) => statuses[i] === 'down')
    return {
      status: down.some(({ vital }) => vital) ? 'down' : down.length > 0 ? 'degraded' : 'ok',
      components: Object.fromEntries(asked.map(({ name }, i) => [name, statuses[i] ?? 'down'])),
    }
  }
}

async function outcome({ probe }: Component): Promise<ComponentStatus> {
  try {
    await probe()
    return 'ok'
  } catch {
    return 'down'
  }
}

async function within(budgetMs: number, answer: Promise<ComponentStatus>): Promise<ComponentStatus> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ComponentStatus>((resolve) => {
    timer = setTimeout(() => resolve('down'), budgetMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
