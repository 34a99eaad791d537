/**
 * Git smart HTTP: exactly three endpoints under each form of address. Anything else there is a
 * REST route or 404; nothing is classified by prefix.
 *
 * @see gitprotocol-http(5)
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Access, RepositoryAccess } from '../../http/route-config.ts'
import type { ReadGate } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import { ADDRESS_FORMS } from './addresses.ts'
import { answerInfoRefs, type Advertisements } from './info-refs.ts'
import { ListSender } from './list-sender.ts'
import { parseService } from './protocol.ts'
import { answerReceivePack, type ReceivePackParts } from './receive-pack.ts'
import { answerUploadPack, type UploadPackParts } from './upload-pack.ts'

export interface TransportParts {
  readonly advertisements: Advertisements
  readonly uploadPack: Omit<UploadPackParts, 'lists' | 'readGate'>
  readonly receivePack: ReceivePackParts
  readonly readGate: ReadGate
  /** Provision on first push. */
  readonly whenMissing: NonNullable<RepositoryAccess['whenMissing']>
}

export async function transport(app: FastifyInstance, parts: TransportParts): Promise<void> {
  takeBodiesAsStreams(app)
  const lists = new ListSender()
  const { advertisements, readGate } = parts
  const uploadPack = { ...parts.uploadPack, lists, readGate }
  const infoRefs = { advertisements, lists, readGate }
  for (const form of ADDRESS_FORMS) {
    const address = (request: FastifyRequest) => form.address(request.params as Record<string, string>)
    const access = (action: RepositoryAccess['action']): Access => ({
      kind: 'repository',
      action,
      address,
      whenMissing: parts.whenMissing,
      withoutRefs: true, // each passes the read gate itself, where it shows refs
    })
    app.get(
      `${form.prefix}/info/refs`,
      { config: { access: access(actionOfService), errors: 'text' } },
      (request, reply) => answerInfoRefs(infoRefs, request.found, request, reply),
    )
    app.post(
      `${form.prefix}/git-upload-pack`,
      { config: { access: access('read'), errors: 'text' } },
      (request, reply) => answerUploadPack(uploadPack, request.found, request, reply),
    )
    app.post(
      `${form.prefix}/git-receive-pack`,
      { config: { access: access('write'), errors: 'text' } },
      (request, reply) => answerReceivePack(parts.receivePack, request.found, request, reply),
    )
  }
}

function actionOfService(request: FastifyRequest): 'read' | 'write' {
  return parseService(request.query) === 'git-receive-pack' ? 'write' : 'read'
}

/** Only the two content types that git sends; bodies stay in the socket until a handler reads them. */
function takeBodiesAsStreams(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const types = ['application/x-git-upload-pack-request', 'application/x-git-receive-pack-request']
  app.addContentTypeParser(types, (_request, payload, done) => done(null, payload))
  app.addContentTypeParser('*', (_request, _payload, done) => done(new AppError('UNSUPPORTED_MEDIA_TYPE')))
}
