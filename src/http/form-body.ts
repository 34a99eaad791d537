/** Bodies of OAuth requests: forms, and nothing else. Register it inside the plugin of those routes. */
import type { FastifyInstance } from 'fastify'

/** @see RFC 6749, appendix B */
const FORM = 'application/x-www-form-urlencoded'
const MAX_FORM_BYTES = 64 * 1024

/** For routes below `app`: `request.body` is the text of a form, empty without one. */
export function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) =>
    done(null, body),
  )
}

/** What a route that takes a form says of it in its `schema`: described by zod, read by its room. */
export const FORM_ROUTE = {
  bodyLimit: MAX_FORM_BYTES,
  validatorCompiler: () => (value: unknown) => ({ value }),
} as const
