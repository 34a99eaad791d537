/** The OAuth endpoints: they take forms, fail in OAuth's words, and exist once, outside /v1. */
import type { FastifyPluginCallback } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { acceptForms } from '../../http/form-body.ts'
import type { ZodApp } from '../../http/zod-app.ts'

export function oauthRoutes(endpoints: readonly ((app: ZodApp) => void)[]): FastifyPluginCallback {
  return (bare, _opts, done) => {
    acceptForms(bare)
    const app = bare.withTypeProvider<ZodTypeProvider>()
    for (const register of endpoints) register(app)
    done()
  }
}
