/** `GET /admin/grasp/…`: what a GRASP host holds, waits for and reads. Empty lists where it is none. */
import type { ZodApp } from '../../../http/zod-app.ts'
import type { AdminGraspParts } from './parts.ts'
import { relaysRoute } from './relays.ts'
import { graspRepositoriesRoute } from './repositories.ts'
import { waitingEventsRoute } from './waiting-events.ts'

export function adminGraspRoutes(app: ZodApp, parts: AdminGraspParts): void {
  graspRepositoriesRoute(app, parts)
  waitingEventsRoute(app, parts)
  relaysRoute(app, parts)
}
