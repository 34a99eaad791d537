/**
 * `GET /metrics`, Prometheus text. The library is loaded at the first scrape: until then a counter
 * is a number that its owner keeps.
 */
import type { Registry } from 'prom-client'
import { bytesOf, type ZodApp } from '../../http/zod-app.ts'

/** Something that its owner counts or knows, read at each scrape. */
export interface Metric {
  /** `sluice_<what>_<unit>`; a counter ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  /** Names of the labels that every sample has. */
  readonly labelNames?: readonly string[]
  /** What it cannot read now is left out of this scrape. */
  readonly read: () => Read | Promise<Read>
}

type Read = number | readonly Sample[]

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function metricsRoute(app: ZodApp, metrics: readonly Metric[]): void {
  let registry: Promise<Registry> | null = null
  app.get(
    '/metrics',
    {
      config: { access: { kind: 'server-admin', loopback: 'allowed' }, rate: 'none' },
      schema: {
        summary: 'Figures for Prometheus',
        tags: ['server'],
        response: { 200: bytesOf('text/plain') },
      },
    },
    async (_request, reply) => {
      registry ??= openRegistry(metrics)
      const { contentType } = await registry
      return reply.type(contentType).send(await (await registry).metrics())
    },
  )
}

async function openRegistry(metrics: readonly Metric[]): Promise<Registry> {
  const { Registry, Gauge, Counter, collectDefaultMetrics } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const metric of metrics) {
    const { name, help, kind, labelNames = [] } = metric
    const Collected = kind === 'gauge' ? Gauge : Counter
    new Collected({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const samples = await samplesOf(metric)
        this.reset()
        for (const { labels, value } of samples) this.inc({ ...labels }, value)
      },
    })
  }
  return registry
}

async function samplesOf(metric: Metric): Promise<readonly Sample[]> {
  const read = await asked(metric)
  return typeof read === 'number' ? [{ labels: {}, value: read }] : read
}

async function asked({ read }: Metric): Promise<Read> {
  try {
    return await read()
  } catch {
    return []
  }
}
