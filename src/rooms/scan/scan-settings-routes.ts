/** `GET` and `PUT …/scan`: whether pushes are scanned for secrets, and with which exceptions. */
import { actorOf } from '../../http/actor.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../http/repository-routes.ts'
import type { RepositoryAccess } from '../../http/route-config.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { SecretScans } from '../../store/scans/secret-scans.ts'
import { checkScan } from './check-scan.ts'
import { ScanBody, ScanJson, scanJson, settingsFrom } from './scan-json.ts'

export interface ScanSettingsParts {
  readonly scans: Pick<SecretScans, 'of' | 'put'>
  /** By name. */
  readonly ruleSets: ReadonlyMap<string, unknown>
  readonly findDeleted: FindDeleted
}

export function scanSettingsRoutes(app: ZodApp, { scans, ruleSets, findDeleted }: ScanSettingsParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/scan`,
    {
      config: { access: { ...accessBelow('read', findDeleted), withoutRefs: true } as RepositoryAccess },
      schema: {
        summary: 'Read whether pushes are scanned for secrets, and with which exceptions',
        tags: ['scan'],
        params: RepositoryParams,
        response: { 200: ScanJson, ...failures(401, 404, 410, 429) },
      },
    },
    async ({ found }) => scanJson(await scans.of(found.repo)),
  )
  app.put(
    `${REPOSITORY_PREFIX}/scan`,
    {
      config: { access: accessBelow('admin', findDeleted) },
      schema: {
        summary: 'Set whether pushes are scanned for secrets, and with which exceptions',
        tags: ['scan'],
        params: RepositoryParams,
        body: ScanBody,
        response: { 200: ScanJson, ...failures(400, 401, 403, 404, 410, 422, 429) },
      },
    },
    async (request) => {
      const settings = settingsFrom(request.body)
      checkScan(ruleSets, settings)
      await scans.put(request.found.repo.id, settings, actorOf(request))
      return scanJson(settings)
    },
  )
}
