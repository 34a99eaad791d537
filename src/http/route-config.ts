/** What a route says about itself in `config`, and what it finds on its request. Types only. */
import type { FastifyRequest } from 'fastify'
import type { FoundRepository } from '../kernel/directory.ts'
import type { Action } from '../kernel/grants.ts'
import type { Principal } from '../kernel/principal.ts'
import type { RepositoryAddress } from '../kernel/repository.ts'

/** Who may call a route. Every route has one; see permission.ts. */
export type Access =
  /** Nobody is asked; a credential is not even read. */
  | { readonly kind: 'open' }
  | { readonly kind: 'signed-in' }
  | {
      readonly kind: 'server-admin'
      /** `allowed`: so may whoever sits at this machine, without a credential. */
      readonly loopback?: 'allowed'
    }
  | RepositoryAccess

export interface RepositoryAccess {
  readonly kind: 'repository'
  /** A function where the request decides, as `?service=` does for git. */
  readonly action: Action | ((request: FastifyRequest) => Action)
  readonly address: (request: FastifyRequest) => RepositoryAddress
  /** Neither shows refs nor builds on them, or sees to it itself: no upstream is asked first. */
  readonly withoutRefs?: true
  /** Lets the owner of a deleted repository in, who gets 410 elsewhere. */
  readonly deleted?: 'allowed'
  /** Asked when no reader can see such a repository: provision on first push. `null`: there is none. */
  readonly whenMissing?: (
    address: RepositoryAddress,
    principal: Principal,
    action: Action,
  ) => Promise<FoundRepository | null>
}

/** Which budget a request is counted against; see rate-limit.ts. */
export type RateClass = 'read' | 'write' | 'push' | 'token'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /**
     * `text`: errors are text/plain and a hidden repository asks for a credential, as git needs.
     * `oauth`: see oauth-errors.ts.
     */
    errors?: 'text' | 'oauth'
    /** Absent: by method on JSON routes that know their caller, `none` elsewhere. */
    rate?: RateClass | 'none'
    /** Its answer goes on for as long as its client listens: that it takes long is no fault. */
    lasting?: true
    /** An `Idempotency-Key` is honoured; see idempotency.ts. */
    idempotent?: true
  }
  interface FastifyRequest {
    /** `ANONYMOUS` until permission.ts has looked. */
    principal: Principal
    /** On routes whose access is `repository`; elsewhere reading it throws. */
    found: FoundRepository
  }
}
