/**
 * Every operation of the REST API: its arguments and its answer. Made from the OpenAPI document by
 * `UPDATE_DOCS=1 npx vitest run test/conformance/client-operations`, and never by hand.
 */

/** How an operation is called, where that is not by JSON and without ceremony. */
export interface OperationTraits {
  /** `list`: in pages; `stream`: bytes of any type; `json`: one value, or nothing. */
  readonly answer: 'json' | 'list' | 'stream'
  /** An `Idempotency-Key` is honoured. */
  readonly idempotencyKey?: true
  /** Of the request, where that is not JSON. */
  readonly body?: 'form'
  /** Nobody's credential is read. */
  readonly isOpen?: true
}

export type Account = {
  id: string
  kind: 'user' | 'agent' | 'service' | 'nostr'
  displayName: string
  email: string | null
  ownerId: string | null
  orgId: string | null
  disabledAt: string | null
  createdAt: string
}

export type Approval = {
  id: string
  fingerprint: string
  state: 'requested' | 'approved' | 'denied' | 'expired'
  /** `null`, as the next four: it was never pushed */
  rule: string | null
  path: string | null
  line: number | null
  commit: string | null
  redacted: string | null
  /** a comment on its line asks for it */
  inlineAllow: boolean
  reason: string | null
  expiresAt: string | null
  requestedBy: string | null
  requestedAt: string
  decidedBy: string | null
  decidedAt: string | null
}

export type AuthorizationServer = {
  issuer: string
  token_endpoint: string
  introspection_endpoint: string
  revocation_endpoint: string
  device_authorization_endpoint?: string
  jwks_uri: string
  grant_types_supported: string[]
  response_types_supported: string[]
  scopes_supported: string[]
  authorization_details_types_supported: string[]
  token_endpoint_auth_methods_supported: string[]
  introspection_endpoint_auth_methods_supported: string[]
  revocation_endpoint_auth_methods_supported: string[]
  service_documentation: string
  protected_resources: string[]
  [others: string]: unknown
}

export type Binding = {
  id: string
  accountId: string
  issuer: string
  audience: string
  claims: Record<string, string>
  grants: {
    scope: string
    authorizationDetails: unknown[]
    /** of the tokens that it was minted from; all must allow */
    within: {
      scope: string
      authorizationDetails: unknown[]
    }[]
  }
  createdBy: string | null
  createdAt: string
}

export type BlameHunk = {
  /** the first line of a file is 1 */
  startLine: number
  lineCount: number
  sha: string
  /** in the file as that commit left it */
  originalStartLine: number
  originalPath: string
  authorName: string
  authorEmail: string
  /** when the author wrote it */
  timestamp: string
  /** first line of the message */
  summary: string
}

export type Collaborator = {
  userId: string
  role: 'owner' | 'writer' | 'reader'
  displayName: string | null
}

export type Commit = {
  sha: string
  authorName: string
  authorEmail: string
  committerName: string
  committerEmail: string
  /** without the line feeds at its end; cut after 64 KiB */
  message: string
  /** when it was committed */
  timestamp: string
  parentShas: string[]
}

export type CommitWithStats = {
  sha: string
  authorName: string
  authorEmail: string
  committerName: string
  committerEmail: string
  /** without the line feeds at its end; cut after 64 KiB */
  message: string
  /** when it was committed */
  timestamp: string
  parentShas: string[]
  /** against the first parent; lines of binary files do not count */
  stats: {
    additions: number
    deletions: number
    filesChanged: number
  }
}

export type Comparison = {
  /** `null` for histories without a common commit; `files` are then all files of head, as added */
  mergeBase: string | null
  /** commits of head that base has not */
  ahead: number
  /** commits of base that head has not */
  behind: number
  /** those of head, latest first */
  commits: Commit[]
  /** there are more commits than `limit` */
  truncated: boolean
  /** what head changed since the merge base */
  files: FileDiff[]
}

export type Conflicts = {
  hasConflicts: boolean
  /** there are more: only the first are told */
  truncated?: true
  conflictingFiles: string[]
  conflicts: {
    /** empty where the histories have nothing in common */
    path: string
    /** `content`, `modify/delete`, `add/add`, `submodule`, … */
    kind: string
    base: {
      sha: string
      mode: string
      content?: string
      encoding?: 'utf-8' | 'base64'
      /** over 64 KiB, or too much came before it: `content` is left out */
      truncated?: true
    } | null
    /** of the target */
    ours: {
      sha: string
      mode: string
      content?: string
      encoding?: 'utf-8' | 'base64'
      /** over 64 KiB, or too much came before it: `content` is left out */
      truncated?: true
    } | null
    /** of the source */
    theirs: {
      sha: string
      mode: string
      content?: string
      encoding?: 'utf-8' | 'base64'
      /** over 64 KiB, or too much came before it: `content` is left out */
      truncated?: true
    } | null
    /** with conflict markers */
    merged: {
      sha: string
      mode: string
      content?: string
      encoding?: 'utf-8' | 'base64'
      /** over 64 KiB, or too much came before it: `content` is left out */
      truncated?: true
    } | null
  }[]
}

export type Delivery = {
  /** `webhook-id` of its requests, unless it is a redelivery */
  id: string
  eventId: string
  eventType: string
  repoId: string | null
  /** `waiting`: to be tried, perhaps again; `parked`: only by hand */
  status: 'waiting' | 'delivered' | 'parked'
  attempts: number
  /** not before; `null` unless it waits */
  nextAttemptAt: string | null
  responseStatus: number | null
  /** of the answer, at most 1 KiB */
  responseExcerpt: string | null
  error: string | null
  durationMs: number | null
  /** delivery whose `webhook-id` it carries */
  redeliveryOf: string | null
  createdAt: string
  updatedAt: string
}

export type DeliveryWithPayload = {
  /** `webhook-id` of its requests, unless it is a redelivery */
  id: string
  eventId: string
  eventType: string
  repoId: string | null
  /** `waiting`: to be tried, perhaps again; `parked`: only by hand */
  status: 'waiting' | 'delivered' | 'parked'
  attempts: number
  /** not before; `null` unless it waits */
  nextAttemptAt: string | null
  responseStatus: number | null
  /** of the answer, at most 1 KiB */
  responseExcerpt: string | null
  error: string | null
  durationMs: number | null
  /** delivery whose `webhook-id` it carries */
  redeliveryOf: string | null
  createdAt: string
  updatedAt: string
  /** body, as it would be sent now */
  payload: unknown
}

export type DeviceAuthorization = {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete?: string
  /** seconds */
  expires_in: number
  /** seconds between two polls */
  interval: number
}

export type Discovery = {
  apiVersion: '1'
  baseUrl: string
  gitUrlPrefix: string
  auth: 'bearer'
  issuer: string
  jwksUri: string
  features: string[]
}

export type EndingKey = {
  fingerprint: string
  /** `<owner>/<name>` at the forge */
  repository: string
  title: string
  /** why it could not be removed; it is tried again */
  lastError: string | null
}

export type Error = {
  error: {
    code: string
    message: string
    details: unknown
  }
}

export type Event = {
  id: string
  actorId: string | null
  agentId: string | null
  eventType: string
  repoId: string | null
  targetId: string | null
  metadata: unknown
  createdAt: string
  /** somebody was refused; absent for what has happened */
  denied?: boolean
}

export type FileDiff = {
  path: string
  /** of what was renamed or copied */
  previousPath: string | null
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'typechange'
  additions: number
  deletions: number
  binary: boolean
  /** as git prints it; left out with `patch=false`. Bytes that are no UTF-8 show as U+FFFD */
  patch?: string
  /** `patch` was cut, at 1 MiB a file or 10 MiB in all */
  truncated: boolean
}

export type FreshToken = {
  id: string
  name: string
  kind: string
  accountId: string
  actingFor: string | null
  grants: {
    scope: string
    authorizationDetails: unknown[]
    /** of the tokens that it was minted from; all must allow */
    within: {
      scope: string
      authorizationDetails: unknown[]
    }[]
  }
  createdBy: string | null
  createdAt: string
  lastUsed: {
    at: string
    address: string | null
  } | null
  expiresAt: string | null
  revokedAt: string | null
  /** shown this once */
  token: string
}

export type GraspRepository = {
  repoId: string
  /** as npub */
  owner: string
  identifier: string
  /** `contributed`: tips for a repository elsewhere, below `/prs` */
  form: 'announced' | 'contributed'
  status: 'purgatory' | 'live' | 'archived'
  cloneUrl: string
  orgSlug: string
  /** with `orgSlug`, what other routes and commands call it */
  slug: string
  pushedAt: string | null
  /** what has no git data by then is dropped */
  waitsUntil: string | null
  createdAt: string
}

export type Health = {
  status: 'ok' | 'degraded' | 'down'
  components: Record<string, 'ok' | 'down'>
}

export type InspectedRepository = {
  id: string
  ownerId: string
  orgId: string
  orgSlug: string
  projectId: string | null
  name: string
  slug: string
  description: string | null
  visibility: 'public' | 'private'
  defaultBranch: string
  objectFormat: 'sha1' | 'sha256'
  archived: boolean
  protectedPush: 'refuse' | 'open-pull-request'
  kind: 'hosted' | 'gate' | 'grasp'
  cloneUrl: string
  sizeBytes: number
  pushedAt: string | null
  createdAt: string
  updatedAt: string
  expiresAt: string | null
  /** `deleted`: can still be restored */
  state: 'active' | 'deleted'
  storageExists: boolean
  objectCount: number
  lastMaintenanceAt: string | null
}

export type Introspection = {
  active: boolean
  scope?: string
  authorization_details?: {
    type: string
    [others: string]: unknown
  }[]
  /** what the tokens allow that it was minted from; all of them must */
  within?: {
    scope?: string
    authorization_details?: {
      type: string
      [others: string]: unknown
    }[]
  }[]
  client_id?: string
  username?: string
  account_kind?: 'user' | 'agent' | 'service' | 'nostr'
  token_type?: string
  exp?: number
  iat?: number
  sub?: string
  aud?: string | string[]
  iss?: string
  jti?: string
  act?: {
    sub: string
  }
}

export type Job = {
  id: string
  jobType: string
  /** what it is about: one of a type and key runs at a time */
  key: string
  /** higher starts first, among those of its type */
  priority: number
  repoId: string | null
  status: 'queued' | 'running' | 'failed' | 'done'
  attempts: number
  payload: unknown
  lastError: string | null
  runAt: string
  /** of one that runs: when another server may take it over, unless its own is heard of */
  leaseUntil: string | null
  createdAt: string
  updatedAt: string
}

export type JwkSet = {
  keys: {
    kty: string
    [others: string]: unknown
  }[]
}

export type Key = {
  kid: string
  algorithm: string
  createdAt: string
  /** null: it signs */
  retiredAt: string | null
  /** null: no end is set */
  verifiesUntil: string | null
}

export type LandedCommit = {
  sha: string
  /** `null` for the first commit of a history */
  parent: string | null
  branch: string
}

export type Match = {
  path: string
  /** the first is 1 */
  line: number
  /** bytes before the match, and one */
  column: number
  /** the line, cut after 500 characters */
  text: string
}

export type Member = {
  accountId: string
  role: 'owner' | 'writer' | 'reader'
  displayName: string | null
  disabled: boolean
}

export type Mergeability = {
  /** `unknown`: not open, so nobody asks; `invalid_ref`: the target branch is gone */
  mergeability: 'clean' | 'conflicting' | 'unknown' | 'invalid_ref'
  sourceSha: string
  targetSha: string | null
  mergeBase: string | null
  strategies: {
    merge: boolean
    squash: boolean
    rebase: boolean
    fast_forward: boolean
  }
}

export type MergedPullRequest = {
  mergeCommitSha: string
  strategy: 'merge' | 'squash' | 'rebase' | 'fast_forward'
  mergedAt: string
  /** when it was asked for */
  sourceBranchDeleted?: boolean
  /** why the source branch was not deleted */
  sourceBranchKept?: string
}

export type Mirror = {
  name: string
  /** `integration`: it comes from the integration of the organisation */
  kind: 'own' | 'integration'
  url: string
  refs: string[]
  hasCredential: boolean
  /** `refused`: nothing is pushed, see `refusedReason`; `failed`: see `lastError`; `waiting`: for its push */
  state: 'ok' | 'pushing' | 'waiting' | 'failed' | 'refused'
  refusedReason: string | null
  lastError: string | null
  /** what the remote did not take, in its words; at most 100 */
  refusedRefs: {
    ref: string
    reason: string
  }[]
  lastAttemptAt: string | null
  lastSuccessAt: string | null
  nextAttemptAt: string | null
  createdAt: string
  updatedAt: string
}

export type OAuthError = {
  error: string
  error_description: string
}

export type ProtectedResource = {
  resource: string
  resource_name: string
  authorization_servers: string[]
  jwks_uri: string
  bearer_methods_supported: string[]
  scopes_supported: string[]
  authorization_details_types_supported: string[]
  resource_documentation: string
  [others: string]: unknown
}

export type Protection = {
  pattern: string
  push: 'owner' | 'writer' | 'none'
  force: boolean
  delete: boolean
  requirePullRequest: boolean
  allow: string[]
  createdAt: string
  updatedAt: string
}

export type PullRequest = {
  id: string
  repoId: string
  number: number
  authorId: string | null
  /** `null`: it holds what was pushed to its target; git fetches it as `refs/pull/<number>/head` */
  sourceBranch: string | null
  targetBranch: string
  sourceSha: string
  targetSha: string
  title: string
  description: string | null
  status: 'open' | 'closed' | 'merged'
  mergedAt: string | null
  mergedBy: string | null
  mergeCommitSha: string | null
  createdAt: string
  updatedAt: string
}

export type Relay = {
  url: string
  /** in a row, up to now */
  failures: number
  /** null: it answered the last time */
  failingSince: string | null
  lastError: string | null
  /** of one that fails: not tried again before */
  retryAt: string | null
  /** when it was last seen alive */
  connectedAt: string | null
  /** when everything was last compared with it */
  syncedAt: string | null
}

export type Repository = {
  id: string
  ownerId: string
  orgId: string
  orgSlug: string
  projectId: string | null
  name: string
  slug: string
  description: string | null
  visibility: 'public' | 'private'
  defaultBranch: string
  objectFormat: 'sha1' | 'sha256'
  archived: boolean
  protectedPush: 'refuse' | 'open-pull-request'
  kind: 'hosted' | 'gate' | 'grasp'
  cloneUrl: string
  sizeBytes: number
  pushedAt: string | null
  createdAt: string
  updatedAt: string
  expiresAt: string | null
}

export type Revocations = {
  revocations: {
    id: string
    revokedAt: string
    expiresAt: string
  }[]
  /** there are more than these 10000, the newest ones */
  truncated: boolean
}

export type Scan = {
  enabled: boolean
  rules: string
  allow: {
    path?: string
    rule?: string
    reason: string
  }[]
  approvalWaitMs: number
}

export type Token = {
  id: string
  name: string
  kind: string
  accountId: string
  actingFor: string | null
  grants: {
    scope: string
    authorizationDetails: unknown[]
    /** of the tokens that it was minted from; all must allow */
    within: {
      scope: string
      authorizationDetails: unknown[]
    }[]
  }
  createdBy: string | null
  createdAt: string
  lastUsed: {
    at: string
    address: string | null
  } | null
  expiresAt: string | null
  revokedAt: string | null
}

export type TokenAnswer = {
  access_token: string
  issued_token_type?: string
  token_type: 'Bearer'
  /** seconds */
  expires_in: number
  scope?: string
  authorization_details?: unknown[]
  refresh_token?: string
}

export type Upstream = {
  url: string
  provider: 'static' | 'token' | 'gitea' | 'forgejo' | 'github'
  /** goes with a token */
  username: string | null
  /** of the key that is offered; null for a token */
  keyFingerprint: string | null
  hostKeyFingerprint: string | null
  hasProvisionerToken: boolean
  apiUrl: string | null
  keyTtlSeconds: number | null
  /** PEM: the only authority that is trusted */
  ca: string | null
  /** how old what is shown may be; 0: asked before every read */
  maxAgeMs: number
  staleIfError: boolean
  user: {
    name: string
    email: string
  } | null
  createdAt: string
  updatedAt: string
}

export type UpstreamKey = {
  provider: 'static' | 'token' | 'gitea' | 'forgejo' | 'github'
  /** of the key that is used now; null: a token, or none */
  keyFingerprint: string | null
  /** keys that are still to be removed at their forge */
  endingKeys: EndingKey[]
}

export type UpstreamPlan = {
  result: 'added' | 'changed' | 'same'
  changes: {
    field: string
    from: string | null
    to: string | null
  }[]
}

export type UpstreamStatus = {
  /** it was asked for this answer, or within the last second */
  reachable: boolean
  unreachableReason: string | null
  lastRefreshAt: string | null
  lastForwardAt: string | null
  /** of the last refresh or push; null once it went well */
  lastError: string | null
  lastErrorAt: string | null
  provider: 'static' | 'token' | 'gitea' | 'forgejo' | 'github'
  keyFingerprint: string | null
  hostKeyFingerprint: string | null
  /** keys that are still to be removed at their forge */
  endingKeys: EndingKey[]
}

export type WaitingEvent = {
  id: string
  /** as npub */
  author: string
  kind: number
  /** its `d` tag */
  identifier: string | null
  /** `sync`: another relay had it */
  source: 'client' | 'sync'
  receivedAt: string
  waitsUntil: string | null
}

export type Webhook = {
  id: string
  url: string
  eventTypes: string[]
  branches: string[]
  paths: string[]
  active: boolean
  /** why the server has switched it off */
  inactiveReason: string | null
  /** until then the secret before signs, too */
  oldSecretValidUntil: string | null
  createdBy: string | null
  createdAt: string
  updatedAt: string
}

export type WebhookWithSecret = {
  id: string
  url: string
  eventTypes: string[]
  branches: string[]
  paths: string[]
  active: boolean
  /** why the server has switched it off */
  inactiveReason: string | null
  /** until then the secret before signs, too */
  oldSecretValidUntil: string | null
  createdBy: string | null
  createdAt: string
  updatedAt: string
  secret: string
}

export type WhoAmI = {
  kind: 'user' | 'agent' | 'service' | 'nostr' | 'internal'
  /** `null` for the platform's own services */
  account: {
    id: string
    displayName: string
    email: string | null
  } | null
  actingFor: {
    id: string
    displayName: string
  } | null
  /** and the credential grants as much */
  administrator: boolean
  token: {
    id: string
    kind: 'login' | 'foreign' | 'signed' | 'opaque'
    expiresAt: string | null
  } | null
  grants: {
    scope: string
    authorizationDetails: unknown[]
    /** of the tokens that it was minted from; all must allow */
    within: {
      scope: string
      authorizationDetails: unknown[]
    }[]
  }
}

export interface Operations {
  /** Describe this server */
  'GET /': {
    args: Record<never, never>
    answer: Discovery
  }
  /** List the public keys of the tokens that this server signs */
  'GET /.well-known/jwks.json': {
    args: Record<never, never>
    answer: JwkSet
  }
  /** Say where and how a client gets a token here, has it looked at and takes it back */
  'GET /.well-known/oauth-authorization-server': {
    args: Record<never, never>
    answer: AuthorizationServer
  }
  /** Say whose tokens are accepted here, and which scopes there are */
  'GET /.well-known/oauth-protected-resource': {
    args: Record<never, never>
    answer: ProtectedResource
  }
  /** List the tokens that were taken back and would still be valid, newest first */
  'GET /.well-known/revocations.json': {
    args: Record<never, never>
    answer: Revocations
  }
  /** List the machines that you look after, newest first; administrators see every account */
  'GET /accounts': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        kind?: 'user' | 'agent' | 'service' | 'nostr' | undefined
        /** only those that belong to this organisation */
        org?: string | undefined
      }
    }
    answer: Account[]
    item: Account[][number]
  }
  /** Make an account for a machine; agents make none */
  'POST /accounts': {
    args: {
      body: {
        /** an agent of a person acts for that person; all others for themselves */
        kind: 'agent' | 'service'
        displayName: string
        /** absent: it belongs to you */
        org?: string | undefined
      }
    }
    answer: Account
  }
  /** Read an account that you look after */
  'GET /accounts/{id}': {
    args: {
      id: string
    }
    answer: Account
  }
  /** Rename an account, disable it, or enable it again */
  'PATCH /accounts/{id}': {
    args: {
      id: string
      body: {
        displayName?: string | undefined
        /** `false` makes its long-lived tokens good again */
        disabled?: boolean | undefined
      }
    }
    answer: Account
  }
  /** List which workloads may act as a machine, newest first */
  'GET /accounts/{id}/bindings': {
    args: {
      id: string
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
      }
    }
    answer: Binding[]
    item: Binding[][number]
  }
  /** Let workloads of an issuer in the settings act as a machine, without a secret */
  'POST /accounts/{id}/bindings': {
    args: {
      id: string
      body: {
        /** `iss` of its tokens, exactly */
        issuer: string
        /** must be in `aud`: an address of this server, or an audience of the issuer in the settings */
        audience: string
        /** name of a claim to its value, all of which must fit; `*` stands for any characters, `.` leads into an object, of a list one element must fit */
        claims: Record<string, string>
        /** words parted by spaces, e.g. `repo:acme/app:write` */
        scope?: string | undefined
        /** RFC 9396, type `git_repository` */
        authorizationDetails?:
          | readonly {
              type: string
              [others: string]: unknown
            }[]
          | undefined
      }
    }
    answer: Binding
  }
  /** Take a binding back; the tokens that came from it end by the next request */
  'DELETE /accounts/{id}/bindings/{bindingId}': {
    args: {
      id: string
      bindingId: string
    }
    answer: void
  }
  /** Make a backup now; 422 when SLUICE_BACKUP_DIR is not set */
  'POST /admin/backups': {
    args: Record<never, never>
    answer: Job
  }
  /** List what happened on the server, newest first */
  'GET /admin/events': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** types between commas; `pr.*` for a whole family */
        eventType?: string | undefined
        /** as `eventType` */
        event_type?: string | undefined
        actorId?: string | undefined
        /** as `actorId` */
        actor_id?: string | undefined
        /** events that name this agent; people may name any in `X-Agent-Id` */
        agentId?: string | undefined
        /** events of this time and later */
        since?: string | undefined
        /** events before this time */
        until?: string | undefined
        /** only what was refused, or only what was not; both if absent */
        denied?: boolean | 'true' | 'false' | undefined
        repoId?: string | undefined
        /** as `repoId` */
        repo_id?: string | undefined
      }
    }
    answer: Event[]
    item: Event[][number]
  }
  /** Read one event */
  'GET /admin/events/{id}': {
    args: {
      id: string
    }
    answer: Event
  }
  /** List nostr events that wait for git data, newest first */
  'GET /admin/grasp/events': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
      }
    }
    answer: WaitingEvent[]
    item: WaitingEvent[][number]
  }
  /** List the relays that events are fetched from, and how they answer */
  'GET /admin/grasp/relays': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
      }
    }
    answer: Relay[]
    item: Relay[][number]
  }
  /** List repositories that nostr events announce, newest first */
  'GET /admin/grasp/repositories': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        status?: 'purgatory' | 'live' | 'archived' | undefined
      }
    }
    answer: GraspRepository[]
    item: GraspRepository[][number]
  }
  /** List jobs, newest first */
  'GET /admin/jobs': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        jobType?: string | undefined
        repoId?: string | undefined
        status?: 'queued' | 'running' | 'failed' | 'done' | undefined
      }
    }
    answer: Job[]
    item: Job[][number]
  }
  /** List jobs that have failed and are not tried again by themselves, newest first */
  'GET /admin/jobs/failed': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        jobType?: string | undefined
        repoId?: string | undefined
      }
    }
    answer: Job[]
    item: Job[][number]
  }
  /** Read a job; one that failed while a newer one about the same was queued is joined with that */
  'GET /admin/jobs/{id}': {
    args: {
      id: string
    }
    answer: Job
  }
  /** Try a failed job again from the beginning; 409 when it has not failed */
  'POST /admin/jobs/{id}/retry': {
    args: {
      id: string
    }
    answer: Job
  }
  /** List the keys that verify tokens of this server, newest first; the first one signs */
  'GET /admin/keys': {
    args: Record<never, never>
    answer: Key[]
  }
  /** Sign with a new key from now on; tokens signed before stay valid until they end */
  'POST /admin/keys/rotate': {
    args: Record<never, never>
    answer: Key
  }
  /** List all repositories, newest first */
  'GET /admin/repos': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** part of the name or slug */
        search?: string | undefined
      }
    }
    answer: Repository[]
    item: Repository[][number]
  }
  /** Read a repository and what it takes on disk; also a deleted one, until it is purged */
  'GET /admin/repos/{id}': {
    args: {
      id: string
    }
    answer: InspectedRepository
  }
  /** Archive a repository: it takes no write until its owner un-archives it */
  'POST /admin/repos/{id}/archive': {
    args: {
      id: string
    }
    answer: Repository
  }
  /** Look after a repository as soon as possible: pack its refs and objects */
  'POST /admin/repos/{id}/maintenance': {
    args: {
      id: string
    }
    answer: Job
  }
  /** Describe this server */
  'GET /api': {
    args: Record<never, never>
    answer: Discovery
  }
  /** Follow what happens in all repositories that one may read, as Server-Sent Events */
  'GET /events': {
    args: {
      query?: {
        /** types between commas; `pr.*` for a whole family */
        eventType?: string | undefined
        /** `id` of the last event that is known, `0` for all there are; from now on if absent */
        since?: string | number | undefined
        repoId?: string | undefined
      }
    }
    answer: Response
  }
  /** Probe every component */
  'GET /health': {
    args: Record<never, never>
    answer: Health
  }
  /** Is the process alive? */
  'GET /health/live': {
    args: Record<never, never>
    answer: {
      status: 'live'
    }
  }
  /** May it be sent requests? */
  'GET /health/ready': {
    args: Record<never, never>
    answer: {
      status: 'ready' | 'starting' | 'draining' | 'no-database'
    }
  }
  /** Create a repository for an account; the same request again answers with the same repository */
  'POST /internal/repos': {
    args: {
      body: {
        orgId: string
        projectId?: string | null | undefined
        ownerId: string
        name: string
        description?: string | null | undefined
        visibility?: 'public' | 'private' | undefined
      }
    }
    answer: Repository
  }
  /** Figures for Prometheus */
  'GET /metrics': {
    args: Record<never, never>
    answer: Response
  }
  /** Begin a login on a device without a browser; somebody confirms it elsewhere */
  'POST /oauth/device_authorization': {
    args: {
      body: {
        /** any name; it is shown where tokens are */
        client_id: string
        /** narrows what the login gives; others are ignored */
        scope?: string | undefined
      }
    }
    answer: DeviceAuthorization
  }
  /** Tell what a token is good for: `active` is false for every token that the caller may not know */
  'POST /oauth/introspect': {
    args: {
      body: {
        token: string
        /** accepted and not needed: the token itself says what it is */
        token_type_hint?: string | undefined
        client_id?: string | undefined
        client_secret?: string | undefined
      }
    }
    answer: Introspection
  }
  /** Take a token back, and all that was minted from it; 200 also when it is no token */
  'POST /oauth/revoke': {
    args: {
      body: {
        token: string
        /** accepted and not needed: the token itself says what it is */
        token_type_hint?: string | undefined
        client_id?: string | undefined
        client_secret?: string | undefined
      }
    }
    answer: string
  }
  /** Get an access token for another token, a secret or a code */
  'POST /oauth/token': {
    args: {
      body: {
        grant_type: string
        /** or in Basic; a public client has no secret */
        client_id?: string | undefined
        client_secret?: string | undefined
        /** address of this server or of a repository */
        audience?: string | undefined
        /** the same, by RFC 8707; both may be repeated */
        resource?: string | undefined
        scope?: string | undefined
        /** JSON, by RFC 9396 */
        authorization_details?: string | undefined
        /** seconds that the token shall live at most */
        expires_in?: string | undefined
        subject_token?: string | undefined
        subject_token_type?: string | undefined
        actor_token?: string | undefined
        actor_token_type?: string | undefined
        requested_token_type?: string | undefined
        assertion?: string | undefined
        refresh_token?: string | undefined
        device_code?: string | undefined
      }
    }
    answer: TokenAnswer
  }
  /** List the webhooks of an organisation, oldest first; there are at most 20 */
  'GET /orgs/{org}/hooks': {
    args: {
      org: string
    }
    answer: Webhook[]
  }
  /** Make a webhook of an organisation; its secret is shown once */
  'POST /orgs/{org}/hooks': {
    args: {
      org: string
      body: {
        /** redirects are not followed; private addresses are refused */
        url: string
        /** whole types or families such as `pr.*`; none: all */
        eventTypes?: readonly string[] | undefined
        /** short branch names or full ref names, `*` for any run of characters; of a push only these refs are told. None: all */
        branches?: readonly string[] | undefined
        /** globs: a push is told only if it changes such a file. None: all */
        paths?: readonly string[] | undefined
        active?: boolean | undefined
      }
    }
    answer: WebhookWithSecret
  }
  /** Remove a webhook of an organisation, and all that was and is to be delivered to it */
  'DELETE /orgs/{org}/hooks/{id}': {
    args: {
      org: string
      id: string
    }
    answer: void
  }
  /** Read a webhook of an organisation */
  'GET /orgs/{org}/hooks/{id}': {
    args: {
      org: string
      id: string
    }
    answer: Webhook
  }
  /** Change a webhook of an organisation; what waits for it is tried at once */
  'PATCH /orgs/{org}/hooks/{id}': {
    args: {
      org: string
      id: string
      body: {
        /** redirects are not followed; private addresses are refused */
        url?: string | undefined
        /** whole types or families such as `pr.*`; none: all */
        eventTypes?: readonly string[] | undefined
        /** short branch names or full ref names, `*` for any run of characters; of a push only these refs are told. None: all */
        branches?: readonly string[] | undefined
        /** globs: a push is told only if it changes such a file. None: all */
        paths?: readonly string[] | undefined
        /** while it is false, nothing is told, also later */
        active?: boolean | undefined
      }
    }
    answer: Webhook
  }
  /** List what was delivered, or is to be, to a webhook of an organisation, newest first */
  'GET /orgs/{org}/hooks/{id}/deliveries': {
    args: {
      org: string
      id: string
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        status?: 'waiting' | 'delivered' | 'parked' | undefined
      }
    }
    answer: Delivery[]
    item: Delivery[][number]
  }
  /** Read a delivery to a webhook of an organisation, with its payload */
  'GET /orgs/{org}/hooks/{id}/deliveries/{deliveryId}': {
    args: {
      org: string
      id: string
      deliveryId: string
    }
    answer: DeliveryWithPayload
  }
  /** Send a webhook of an organisation an event once more, under the same webhook-id */
  'POST /orgs/{org}/hooks/{id}/deliveries/{deliveryId}/redeliver': {
    args: {
      org: string
      id: string
      deliveryId: string
    }
    answer: Delivery
  }
  /** Send a webhook of an organisation an event that says nothing else */
  'POST /orgs/{org}/hooks/{id}/ping': {
    args: {
      org: string
      id: string
    }
    answer: Delivery
  }
  /** Give a webhook of an organisation a new secret; for 24 hours both sign */
  'POST /orgs/{org}/hooks/{id}/secret': {
    args: {
      org: string
      id: string
    }
    answer: WebhookWithSecret
  }
  /** List who belongs to an organisation, for its owners */
  'GET /orgs/{org}/members': {
    args: {
      org: string
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        role?: 'owner' | 'writer' | 'reader' | undefined
      }
    }
    answer: Member[]
    item: Member[][number]
  }
  /** Take an account out of an organisation; 409 when that would leave no owner */
  'DELETE /orgs/{org}/members/{accountId}': {
    args: {
      org: string
      /** one that has not been seen yet will have the role */
      accountId: string
    }
    answer: void
  }
  /** Give an account a role in an organisation; 409 when that would leave no owner */
  'PUT /orgs/{org}/members/{accountId}': {
    args: {
      org: string
      /** one that has not been seen yet will have the role */
      accountId: string
      body: {
        role: 'owner' | 'writer' | 'reader'
      }
    }
    answer: Member
  }
  /** List repositories */
  'GET /repos': {
    args: {
      query?: {
        /** 1 to 100; 20 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        orgId?: string | undefined
        projectId?: string | undefined
        /** part of the name or slug */
        q?: string | undefined
        visibility?: 'public' | 'private' | undefined
        archived?: boolean | 'true' | 'false' | undefined
        kind?: 'hosted' | 'gate' | 'grasp' | undefined
      }
    }
    answer: Repository[]
    item: Repository[][number]
  }
  /** Create a repository */
  'POST /repos': {
    args: {
      body: {
        orgId: string
        projectId?: string | null | undefined
        name: string
        description?: string | null | undefined
        visibility?: 'public' | 'private' | undefined
        defaultBranch?: string | undefined
        objectFormat?: 'sha1' | 'sha256' | undefined
        /** the repository is deleted after this time */
        ttlSeconds?: number | undefined
      }
    }
    answer: Repository
  }
  /** Delete a repository; it can be restored for 30 days */
  'DELETE /repos/by-id/{id}': {
    args: {
      id: string
    }
    answer: void
  }
  /** Read a repository */
  'GET /repos/by-id/{id}': {
    args: {
      id: string
    }
    answer: Repository
  }
  /** Change a repository */
  'PATCH /repos/by-id/{id}': {
    args: {
      id: string
      body: {
        name?: string | undefined
        /** `null` clears it */
        description?: string | null | undefined
        visibility?: 'public' | 'private' | undefined
        /** must exist */
        defaultBranch?: string | undefined
        archived?: boolean | undefined
        /** what becomes of a push to a branch whose rules ask for a pull request */
        protectedPush?: 'refuse' | 'open-pull-request' | undefined
      }
    }
    answer: Repository
  }
  /** Archive a repository: it takes no write */
  'POST /repos/by-id/{id}/archive': {
    args: {
      id: string
    }
    answer: Repository
  }
  /** Restore a deleted repository; 409 when its name was given away */
  'POST /repos/by-id/{id}/restore': {
    args: {
      id: string
    }
    answer: Repository
  }
  /** Move a repository to another organisation; the old address leads to the new one */
  'POST /repos/by-id/{id}/transfer': {
    args: {
      id: string
      body: {
        orgId: string
      }
    }
    answer: Repository
  }
  /** Let an archived repository be written to */
  'POST /repos/by-id/{id}/unarchive': {
    args: {
      id: string
    }
    answer: Repository
  }
  /** Delete a repository; it can be restored for 30 days */
  'DELETE /repos/{org}/{repo}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: void
  }
  /** Read a repository */
  'GET /repos/{org}/{repo}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Repository
  }
  /** Change a repository */
  'PATCH /repos/{org}/{repo}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        name?: string | undefined
        /** `null` clears it */
        description?: string | null | undefined
        visibility?: 'public' | 'private' | undefined
        /** must exist */
        defaultBranch?: string | undefined
        archived?: boolean | undefined
        /** what becomes of a push to a branch whose rules ask for a pull request */
        protectedPush?: 'refuse' | 'open-pull-request' | undefined
      }
    }
    answer: Repository
  }
  /** List findings for which approval was asked or given, newest first */
  'GET /repos/{org}/{repo}/approvals': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** as it was decided, expired or not */
        state?: 'requested' | 'approved' | 'denied' | undefined
        /** 1 to 200; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
      }
    }
    answer: Approval[]
    item: Approval[][number]
  }
  /** Decide about a fingerprint, whether or not it was ever pushed */
  'POST /repos/{org}/{repo}/approvals': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        state?: 'approved' | 'denied' | undefined
        reason: string
        /** at most a year from now; 90 days if absent */
        expiresAt?: string | undefined
        /** as the pusher was told */
        fingerprint: string
      }
    }
    answer: Approval
  }
  /** Forget what was decided: it is asked for anew when it is pushed again */
  'DELETE /repos/{org}/{repo}/approvals/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: void
  }
  /** Read one approval */
  'GET /repos/{org}/{repo}/approvals/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: Approval
  }
  /** Approve or deny a finding, or decide otherwise */
  'PATCH /repos/{org}/{repo}/approvals/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
      body: {
        state?: 'approved' | 'denied' | undefined
        reason: string
        /** at most a year from now; 90 days if absent */
        expiresAt?: string | undefined
      }
    }
    answer: Approval
  }
  /** Archive a repository: it takes no write */
  'POST /repos/{org}/{repo}/archive': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Repository
  }
  /** Download all files of a commit */
  'GET /repos/{org}/{repo}/archive/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** a revision, which may hold slashes and dots, and the format */
      path: string
    }
    answer: Response
  }
  /** Which commit each line of a file came with */
  'GET /repos/{org}/{repo}/blame/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** `{ref}/{path}` */
      path: string
      query?: {
        startLine?: string | number | undefined
        endLine?: string | number | undefined
      }
    }
    answer: BlameHunk[]
  }
  /** Read a file as JSON */
  'GET /repos/{org}/{repo}/blob/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** `{ref}/{path}`: the longest ref that there is */
      path: string
    }
    answer: {
      content: string
      /** `utf-8` only where it stands for every byte */
      encoding: 'utf-8' | 'base64'
      /** bytes */
      size: number
      isBinary: boolean
      sha: string
    }
  }
  /** List branches */
  'GET /repos/{org}/{repo}/branches': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** 1 to 500; 100 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** part of the name */
        q?: string | undefined
      }
    }
    answer: {
      name: string
      headCommit: string
      isDefault: boolean
      /** a rule says who may move it */
      protected: boolean
      /** committer time of its head; `null` when that cannot be read */
      updatedAt: string | null
    }[]
    item: {
      name: string
      headCommit: string
      isDefault: boolean
      /** a rule says who may move it */
      protected: boolean
      /** committer time of its head; `null` when that cannot be read */
      updatedAt: string | null
    }[][number]
  }
  /** Create a branch */
  'POST /repos/{org}/{repo}/branches': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        name: string
        /** branch, tag or object id */
        startPoint?: string | undefined
        /** the same, as older clients name it */
        start_point?: string | undefined
      }
    }
    answer: {
      name: string
      headCommit: string
      isDefault: boolean
      /** a rule says who may move it */
      protected: boolean
      /** committer time of its head; `null` when that cannot be read */
      updatedAt: string | null
    }
  }
  /** Delete a branch; `If-Match: "<id>"` deletes it only while it points there */
  'DELETE /repos/{org}/{repo}/branches/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short name; its slashes may stand as they are */
      path: string
    }
    answer: void
  }
  /** Read a branch */
  'GET /repos/{org}/{repo}/branches/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short name; its slashes may stand as they are */
      path: string
    }
    answer: {
      name: string
      headCommit: string
      isDefault: boolean
      /** a rule says who may move it */
      protected: boolean
      /** committer time of its head; `null` when that cannot be read */
      updatedAt: string | null
    }
  }
  /** List who has a role in a repository, its owner first */
  'GET /repos/{org}/{repo}/collaborators': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Collaborator[]
  }
  /** Take the role of an account in a repository; 409 when that would leave no owner */
  'DELETE /repos/{org}/{repo}/collaborators/{userId}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** account; one that has not been seen yet will have the role */
      userId: string
    }
    answer: void
  }
  /** Read the role of one account in a repository */
  'GET /repos/{org}/{repo}/collaborators/{userId}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** account; one that has not been seen yet will have the role */
      userId: string
    }
    answer: Collaborator
  }
  /** Give an account a role in a repository; 409 when that would leave no owner */
  'PUT /repos/{org}/{repo}/collaborators/{userId}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** account; one that has not been seen yet will have the role */
      userId: string
      body: {
        role: 'owner' | 'writer' | 'reader'
      }
    }
    answer: Collaborator
  }
  /** List commits */
  'GET /repos/{org}/{repo}/commits': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** 1 to 100; 30 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** the default branch if absent */
        ref?: string | undefined
        /** file or directory */
        path?: string | undefined
        /** committed then or later */
        since?: string | undefined
        /** committed then or earlier */
        until?: string | undefined
        /** part of `Name <email>`, in any case */
        author?: string | undefined
      }
    }
    answer: Commit[]
    item: Commit[][number]
  }
  /** Commit without a clone */
  'POST /repos/{org}/{repo}/commits': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        branch: string
        /** the commit that the branch must be at, else 412; `null`: the branch must not exist. If absent, the commit is made on top of whatever is there */
        expectedHead?: string | null | undefined
        /** branch, tag or object id at which a branch that does not exist begins. If absent, it begins at the head of the default branch, or, where there is none, with this commit. 409 if the branch exists */
        startPoint?: string | undefined
        /** the same, as older clients name it */
        start_point?: string | undefined
        /** white space at its end becomes one line feed, all else stays as it is */
        message: string
        /** the caller, if absent; the caller is always the committer */
        author?:
          | {
              name: string
              email: string
              /** now, if absent; its offset from UTC is kept */
              date?: string | undefined
            }
          | undefined
        /** Done at once, whatever their order: first all that is deleted or moved away goes, then all else comes. No path may be named twice. */
        changes: readonly (
          | {
              action: 'put'
              /** from the root of the repository, parted by slashes */
              path: string
              /** of the file; the target of a link; the commit of a submodule. It may be empty */
              content: string
              encoding?: 'utf-8' | 'base64' | undefined
              /** file, executable, link, submodule; a file that is there keeps its own */
              mode?: '100644' | '100755' | '120000' | '160000' | undefined
            }
          | {
              action: 'delete'
              /** from the root of the repository, parted by slashes */
              path: string
            }
          | {
              action: 'move'
              /** from the root of the repository, parted by slashes */
              from: string
              /** from the root of the repository, parted by slashes */
              path: string
            }
        )[]
      }
    }
    answer: LandedCommit
  }
  /** Read a commit */
  'GET /repos/{org}/{repo}/commits/{sha}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** object id, or any other revision; slashes as %2F */
      sha: string
    }
    answer: CommitWithStats
  }
  /** What a commit changed */
  'GET /repos/{org}/{repo}/commits/{sha}/diff': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** object id, or any other revision; slashes as %2F */
      sha: string
      query?: {
        /** of a merge: the parent to compare with; the first if absent */
        parent?: string | number | undefined
        /** `false` leaves the patches out */
        patch?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: FileDiff[]
  }
  /** Compare two revisions, as `git diff base...head` does */
  'GET /repos/{org}/{repo}/compare/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** `{base}...{head}`, revisions that may hold slashes */
      path: string
      query?: {
        /** 1 to 250; 250 if absent */
        limit?: string | number | undefined
        /** `false` leaves the patches out */
        patch?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: Comparison
  }
  /** List what happened to a repository, newest first */
  'GET /repos/{org}/{repo}/events': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** 1 to 200; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** types between commas; `pr.*` for a whole family */
        eventType?: string | undefined
        /** as `eventType` */
        event_type?: string | undefined
        actorId?: string | undefined
        /** as `actorId` */
        actor_id?: string | undefined
        /** events that name this agent; people may name any in `X-Agent-Id` */
        agentId?: string | undefined
        /** events of this time and later */
        since?: string | undefined
        /** events before this time */
        until?: string | undefined
        /** only what was refused, or only what was not; both if absent */
        denied?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: Event[]
    item: Event[][number]
  }
  /** Follow what happens in a repository, as Server-Sent Events */
  'GET /repos/{org}/{repo}/events/stream': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** types between commas; `pr.*` for a whole family */
        eventType?: string | undefined
        /** `id` of the last event that is known, `0` for all there are; from now on if absent */
        since?: string | number | undefined
      }
    }
    answer: Response
  }
  /** Git configuration by which remotes of the upstream go through this gate */
  'GET /repos/{org}/{repo}/gitconfig': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Response
  }
  /** List the webhooks of a repository, oldest first; there are at most 20 */
  'GET /repos/{org}/{repo}/hooks': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Webhook[]
  }
  /** Make a webhook of a repository; its secret is shown once */
  'POST /repos/{org}/{repo}/hooks': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        /** redirects are not followed; private addresses are refused */
        url: string
        /** whole types or families such as `pr.*`; none: all */
        eventTypes?: readonly string[] | undefined
        /** short branch names or full ref names, `*` for any run of characters; of a push only these refs are told. None: all */
        branches?: readonly string[] | undefined
        /** globs: a push is told only if it changes such a file. None: all */
        paths?: readonly string[] | undefined
        active?: boolean | undefined
      }
    }
    answer: WebhookWithSecret
  }
  /** Remove a webhook of a repository, and all that was and is to be delivered to it */
  'DELETE /repos/{org}/{repo}/hooks/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: void
  }
  /** Read a webhook of a repository */
  'GET /repos/{org}/{repo}/hooks/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: Webhook
  }
  /** Change a webhook of a repository; what waits for it is tried at once */
  'PATCH /repos/{org}/{repo}/hooks/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
      body: {
        /** redirects are not followed; private addresses are refused */
        url?: string | undefined
        /** whole types or families such as `pr.*`; none: all */
        eventTypes?: readonly string[] | undefined
        /** short branch names or full ref names, `*` for any run of characters; of a push only these refs are told. None: all */
        branches?: readonly string[] | undefined
        /** globs: a push is told only if it changes such a file. None: all */
        paths?: readonly string[] | undefined
        /** while it is false, nothing is told, also later */
        active?: boolean | undefined
      }
    }
    answer: Webhook
  }
  /** List what was delivered, or is to be, to a webhook of a repository, newest first */
  'GET /repos/{org}/{repo}/hooks/{id}/deliveries': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        status?: 'waiting' | 'delivered' | 'parked' | undefined
      }
    }
    answer: Delivery[]
    item: Delivery[][number]
  }
  /** Read a delivery to a webhook of a repository, with its payload */
  'GET /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
      deliveryId: string
    }
    answer: DeliveryWithPayload
  }
  /** Send a webhook of a repository an event once more, under the same webhook-id */
  'POST /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId}/redeliver': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
      deliveryId: string
    }
    answer: Delivery
  }
  /** Send a webhook of a repository an event that says nothing else */
  'POST /repos/{org}/{repo}/hooks/{id}/ping': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: Delivery
  }
  /** Give a webhook of a repository a new secret; for 24 hours both sign */
  'POST /repos/{org}/{repo}/hooks/{id}/secret': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      id: string
    }
    answer: WebhookWithSecret
  }
  /** List the mirrors of a repository and how they do, by name; there are at most 10 */
  'GET /repos/{org}/{repo}/mirrors': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Mirror[]
  }
  /** Remove a mirror; what is at the remote stays there */
  'DELETE /repos/{org}/{repo}/mirrors/{name}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** name of the mirror */
      name: string
    }
    answer: void
  }
  /** Read one mirror and how it does */
  'GET /repos/{org}/{repo}/mirrors/{name}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** name of the mirror */
      name: string
    }
    answer: Mirror
  }
  /** Set where the repository is pushed to whenever its refs move; pushes at once */
  'PUT /repos/{org}/{repo}/mirrors/{name}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** name of the mirror */
      name: string
      body: {
        /** where to push: https, without user, password, query and fragment */
        url: string
        /** as before if absent, which needs a mirror that has one for the same URL */
        credential?:
          | {
              token: string
            }
          | {
              username?: string | undefined
              password: string
            }
          | undefined
        /** refs to push: full names or patterns with `*` */
        refs?: readonly string[] | undefined
      }
    }
    answer: Mirror
  }
  /** Push every ref to a mirror now, also what it is known to have */
  'POST /repos/{org}/{repo}/mirrors/{name}/push': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** name of the mirror */
      name: string
    }
    answer: Mirror
  }
  /** List the rules of branches, by pattern; there are at most 100 */
  'GET /repos/{org}/{repo}/protections': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Protection[]
  }
  /** Remove the rule of a branch or a pattern */
  'DELETE /repos/{org}/{repo}/protections/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short branch name, or a pattern with `*`, as it is or percent-encoded */
      path: string
    }
    answer: void
  }
  /** Read the rule of one pattern */
  'GET /repos/{org}/{repo}/protections/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short branch name, or a pattern with `*`, as it is or percent-encoded */
      path: string
    }
    answer: Protection
  }
  /** Set the rule of a branch or a pattern; of several that hold a branch each must agree */
  'PUT /repos/{org}/{repo}/protections/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short branch name, or a pattern with `*`, as it is or percent-encoded */
      path: string
      body: {
        /** least role that may move the branch, by any road; `none`: nobody */
        push?: 'owner' | 'writer' | 'none' | undefined
        /** history may be rewritten */
        force?: boolean | undefined
        /** the branch may be deleted */
        delete?: boolean | undefined
        /** only merges of pull requests move the branch */
        requirePullRequest?: boolean | undefined
        /** accounts that this rule does not bind */
        allow?: readonly string[] | undefined
      }
    }
    answer: Protection
  }
  /** List pull requests */
  'GET /repos/{org}/{repo}/pulls': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** 1 to 100; 20 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        status?: 'open' | 'closed' | 'merged' | undefined
        authorId?: string | undefined
        sourceBranch?: string | undefined
        targetBranch?: string | undefined
      }
    }
    answer: PullRequest[]
    item: PullRequest[][number]
  }
  /** Open a pull request */
  'POST /repos/{org}/{repo}/pulls': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        sourceBranch: string
        targetBranch: string
        title: string
        description?: string | null | undefined
      }
    }
    answer: PullRequest
  }
  /** Read a pull request */
  'GET /repos/{org}/{repo}/pulls/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
    }
    answer: PullRequest
  }
  /** Change a pull request */
  'PATCH /repos/{org}/{repo}/pulls/{id}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
      body: {
        title?: string | undefined
        /** `null` clears it */
        description?: string | null | undefined
        /** only while it is open */
        targetBranch?: string | undefined
      }
    }
    answer: PullRequest
  }
  /** Close a pull request without merging it */
  'POST /repos/{org}/{repo}/pulls/{id}/close': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
    }
    answer: PullRequest
  }
  /** List the commits of a pull request */
  'GET /repos/{org}/{repo}/pulls/{id}/commits': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
      query?: {
        /** 1 to 100; 30 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
      }
    }
    answer: Commit[]
    item: Commit[][number]
  }
  /** Show what stands in the way of a merge */
  'GET /repos/{org}/{repo}/pulls/{id}/conflicts': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
      query?: {
        /** `false` leaves the content of each side out */
        content?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: Conflicts
  }
  /** Show what a pull request changes; `Accept: text/x-diff` for the patch itself, whole */
  'GET /repos/{org}/{repo}/pulls/{id}/diff': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
      query?: {
        /** `false` leaves the patches out */
        patch?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: FileDiff[]
  }
  /** Merge a pull request; 409 with the conflicts where there are some */
  'POST /repos/{org}/{repo}/pulls/{id}/merge': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
      body: {
        /** `merge_commit` is `merge`, `rebase_and_merge` is `rebase` */
        strategy?:
          'merge' | 'squash' | 'rebase' | 'fast_forward' | 'merge_commit' | 'rebase_and_merge' | undefined
        /** of the merge or squash commit; `rebase` and `fast_forward` make none */
        commitMessage?: string | undefined
        /** 412 when the source is elsewhere; so is If-Match */
        expectedSourceSha?: string | undefined
        deleteSourceBranch?: boolean | undefined
      }
    }
    answer: MergedPullRequest
  }
  /** Tell whether a pull request can be merged, and how */
  'GET /repos/{org}/{repo}/pulls/{id}/mergeability': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
    }
    answer: Mergeability
  }
  /** Open a closed pull request again, at what its branches are now */
  'POST /repos/{org}/{repo}/pulls/{id}/reopen': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** UUID or number of the pull request */
      id: string | number
    }
    answer: PullRequest
  }
  /** Read the bytes of a file, or a range of them */
  'GET /repos/{org}/{repo}/raw/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** `{ref}/{path}`: the longest ref that there is */
      path: string
    }
    answer: Response
  }
  /** Restore a deleted repository; 409 when its name was given away */
  'POST /repos/{org}/{repo}/restore': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Repository
  }
  /** Read whether pushes are scanned for secrets, and with which exceptions */
  'GET /repos/{org}/{repo}/scan': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Scan
  }
  /** Set whether pushes are scanned for secrets, and with which exceptions */
  'PUT /repos/{org}/{repo}/scan': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        enabled: boolean
        /** name of a rule set of this server */
        rules?: string | undefined
        allow?:
          | readonly {
              /** glob of paths */
              path?: string | undefined
              /** id of a rule */
              rule?: string | undefined
              reason: string
            }[]
          | undefined
        /** how long a push with findings waits until they are approved */
        approvalWaitMs?: number | undefined
      }
    }
    answer: Scan
  }
  /** Search the files of a commit */
  'GET /repos/{org}/{repo}/search': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query: {
        /** text as it stands, no pattern; upper and lower case differ */
        q: string
        /** the default branch if absent */
        ref?: string | undefined
        /** file or directory */
        path?: string | undefined
        /** 1 to 1000; 100 if absent */
        limit?: string | number | undefined
      }
    }
    answer: Match[]
  }
  /** List tags */
  'GET /repos/{org}/{repo}/tags': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** 1 to 500; 100 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** part of the name */
        q?: string | undefined
      }
    }
    answer: {
      name: string
      /** what the ref points at: a tag object when it is annotated */
      target: string
      /** what it stands for in the end, as a rule a commit */
      peeled: string
      /** `null` when it is not annotated */
      message: string | null
      /** `null` when it is not annotated */
      tagger: {
        name: string
        email: string
        timestamp: string
      } | null
    }[]
    item: {
      name: string
      /** what the ref points at: a tag object when it is annotated */
      target: string
      /** what it stands for in the end, as a rule a commit */
      peeled: string
      /** `null` when it is not annotated */
      message: string | null
      /** `null` when it is not annotated */
      tagger: {
        name: string
        email: string
        timestamp: string
      } | null
    }[][number]
  }
  /** Create a tag */
  'POST /repos/{org}/{repo}/tags': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        name: string
        /** branch, tag or object id; its commit is tagged */
        target: string
        /** makes it an annotated tag */
        message?: string | null | undefined
      }
    }
    answer: {
      name: string
      /** what the ref points at: a tag object when it is annotated */
      target: string
      /** what it stands for in the end, as a rule a commit */
      peeled: string
      /** `null` when it is not annotated */
      message: string | null
      /** `null` when it is not annotated */
      tagger: {
        name: string
        email: string
        timestamp: string
      } | null
    }
  }
  /** Delete a tag; `If-Match: "<id>"` deletes it only while it points there */
  'DELETE /repos/{org}/{repo}/tags/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short name; its slashes may stand as they are */
      path: string
    }
    answer: void
  }
  /** Read a tag */
  'GET /repos/{org}/{repo}/tags/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** short name; its slashes may stand as they are */
      path: string
    }
    answer: {
      name: string
      /** what the ref points at: a tag object when it is annotated */
      target: string
      /** what it stands for in the end, as a rule a commit */
      peeled: string
      /** `null` when it is not annotated */
      message: string | null
      /** `null` when it is not annotated */
      tagger: {
        name: string
        email: string
        timestamp: string
      } | null
    }
  }
  /** Move a repository to another organisation; the old address leads to the new one */
  'POST /repos/{org}/{repo}/transfer': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      body: {
        orgId: string
      }
    }
    answer: Repository
  }
  /** List a directory */
  'GET /repos/{org}/{repo}/tree/{path}': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      /** `{ref}`, or `{ref}/{path}`: the longest ref there is */
      path: string
      query?: {
        /** files and submodules at any depth */
        recursive?: boolean | 'true' | 'false' | undefined
        /** adds the commit that last touched each entry */
        lastCommit?: boolean | 'true' | 'false' | undefined
      }
    }
    answer: {
      /** as UTF-8; bytes that are none show as U+FFFD */
      name: string
      /** from the root, never quoted */
      path: string
      /** `commit`: a submodule */
      entryType: 'blob' | 'tree' | 'commit' | 'symlink'
      mode: '100644' | '100755' | '120000' | '160000' | '040000'
      sha: string
      /** bytes; `null` for directories and submodules */
      size: number | null
      /** with `lastCommit=true`; `null` when it could not be found in time: ask again */
      lastCommit?: Commit | null
    }[]
  }
  /** Let an archived repository be written to */
  'POST /repos/{org}/{repo}/unarchive': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Repository
  }
  /** Make the repository an ordinary one again; it keeps what it holds */
  'DELETE /repos/{org}/{repo}/upstream': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: void
  }
  /** Read the upstream of a repository, without its secrets */
  'GET /repos/{org}/{repo}/upstream': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: Upstream
  }
  /** Set the upstream of a repository, which makes it a gate, or tell what that would change */
  'PUT /repos/{org}/{repo}/upstream': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
      query?: {
        /** changes nothing; answers a plan */
        dryRun?: string | undefined
      }
      body: {
        /** `ssh://git@host:port/path`, `git@host:path` or `https://host/path` */
        url: string
        /** as before if absent, which needs an upstream of the same URL, provider and authority */
        key?:
          | {
              provider: 'static'
              /** without passphrase, in the format of OpenSSH or PEM; never shown again */
              privateKey?: string | undefined
              /** file of the server that holds the secret, for its administrators */
              path?: (unknown & unknown) | undefined
            }
          | {
              provider: 'token'
              /** never shown again */
              token?: string | undefined
              /** file of the server that holds the secret, for its administrators */
              path?: (unknown & unknown) | undefined
              username?: (unknown & unknown) | undefined
            }
          | {
              provider: 'gitea'
              /** never shown again */
              provisionerToken?: string | undefined
              /** file of the server that holds the secret, for its administrators */
              path?: (unknown & unknown) | undefined
              /** root of the API; absent: at the host of the upstream */
              apiUrl?: string | undefined
              /** how long the deploy key lives; absent: until it is rotated or revoked */
              ttlSeconds?: number | undefined
            }
          | {
              provider: 'forgejo'
              /** never shown again */
              provisionerToken?: string | undefined
              /** file of the server that holds the secret, for its administrators */
              path?: (unknown & unknown) | undefined
              /** root of the API; absent: at the host of the upstream */
              apiUrl?: string | undefined
              /** how long the deploy key lives; absent: until it is rotated or revoked */
              ttlSeconds?: number | undefined
            }
          | {
              provider: 'github'
              /** never shown again */
              provisionerToken?: string | undefined
              /** file of the server that holds the secret, for its administrators */
              path?: (unknown & unknown) | undefined
              /** root of the API; absent: at the host of the upstream */
              apiUrl?: string | undefined
              /** how long the deploy key lives; absent: until it is rotated or revoked */
              ttlSeconds?: number | undefined
            }
          | undefined
        /** `<algorithm> <base64>`, as in known_hosts; required for ssh */
        hostKey?: string | undefined
        /** PEM of the only authority that is trusted, for https and for the API of a forge; absent: those of the system */
        ca?: string | undefined
        refresh?:
          | 'always'
          | {
              maxAgeMs?: number | undefined
              staleIfError?: boolean | undefined
            }
          | undefined
        /** as before if absent */
        scan?:
          | {
              enabled?: boolean | undefined
              /** name of a set of rules */
              rules?: string | undefined
              allow?:
                | readonly {
                    path?: string | undefined
                    rule?: string | undefined
                    reason: string
                  }[]
                | undefined
              approvalWaitMs?: number | undefined
            }
          | undefined
        /** as whom agents commit */
        user?:
          | {
              name: string
              email: string
            }
          | undefined
      }
    }
    answer: Upstream | UpstreamPlan | Upstream
  }
  /** End the access of a gate to its upstream at once; a deploy key is removed at the forge, too */
  'POST /repos/{org}/{repo}/upstream/key/revoke': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: UpstreamKey
  }
  /** Replace the deploy key of a gate: the new one is made and tried, then the old one goes */
  'POST /repos/{org}/{repo}/upstream/key/rotate': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: UpstreamKey
  }
  /** Take over now what the upstream of a gate has */
  'POST /repos/{org}/{repo}/upstream/refresh': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: UpstreamStatus
  }
  /** Tell how a gate does, and ask its upstream whether it can be reached */
  'GET /repos/{org}/{repo}/upstream/status': {
    args: {
      /** slug or UUID of the organisation */
      org: string
      /** slug of the repository, with or without `.git` */
      repo: string
    }
    answer: UpstreamStatus
  }
  /** List long-lived tokens, yours and those of machines that you look after, newest first */
  'GET /tokens': {
    args: {
      query?: {
        /** 1 to 100; 50 if absent */
        limit?: string | number | undefined
        /** items to skip; prefer `cursor`, which is stable while items are added */
        offset?: string | number | undefined
        /** `X-Next-Cursor` of the page before */
        cursor?: string | undefined
        /** only those of this account */
        account?: string | undefined
      }
    }
    answer: Token[]
    item: Token[][number]
  }
  /** Make a long-lived token that may do what the presented one may, or less; it is shown once */
  'POST /tokens': {
    args: {
      body: {
        name: string
        kind?: 'personal' | 'deploy' | undefined
        /** a machine that you look after; absent: yourself */
        account?: string | undefined
        /** words parted by spaces, e.g. `repo:acme/app:write` */
        scope?: string | undefined
        /** RFC 9396, type `git_repository` */
        authorizationDetails?:
          | readonly {
              type: string
              [others: string]: unknown
            }[]
          | undefined
        /** seconds; 90 days if absent, never longer than what it is minted from */
        expiresIn?: number | undefined
      }
    }
    answer: FreshToken
  }
  /** Revoke a long-lived token, and all that was minted from it */
  'DELETE /tokens/{id}': {
    args: {
      id: string
    }
    answer: void
  }
  /** Whom the presented credential makes, and what it allows */
  'GET /whoami': {
    args: Record<never, never>
    answer: WhoAmI
  }
}

export const OPERATIONS = {
  'GET /': { answer: 'json', isOpen: true },
  'GET /.well-known/jwks.json': { answer: 'json', isOpen: true },
  'GET /.well-known/oauth-authorization-server': { answer: 'json', isOpen: true },
  'GET /.well-known/oauth-protected-resource': { answer: 'json', isOpen: true },
  'GET /.well-known/revocations.json': { answer: 'json', isOpen: true },
  'GET /accounts': { answer: 'list' },
  'POST /accounts': { answer: 'json', idempotencyKey: true },
  'GET /accounts/{id}': { answer: 'json' },
  'PATCH /accounts/{id}': { answer: 'json' },
  'GET /accounts/{id}/bindings': { answer: 'list' },
  'POST /accounts/{id}/bindings': { answer: 'json' },
  'DELETE /accounts/{id}/bindings/{bindingId}': { answer: 'json' },
  'POST /admin/backups': { answer: 'json' },
  'GET /admin/events': { answer: 'list' },
  'GET /admin/events/{id}': { answer: 'json' },
  'GET /admin/grasp/events': { answer: 'list' },
  'GET /admin/grasp/relays': { answer: 'list' },
  'GET /admin/grasp/repositories': { answer: 'list' },
  'GET /admin/jobs': { answer: 'list' },
  'GET /admin/jobs/failed': { answer: 'list' },
  'GET /admin/jobs/{id}': { answer: 'json' },
  'POST /admin/jobs/{id}/retry': { answer: 'json' },
  'GET /admin/keys': { answer: 'json' },
  'POST /admin/keys/rotate': { answer: 'json' },
  'GET /admin/repos': { answer: 'list' },
  'GET /admin/repos/{id}': { answer: 'json' },
  'POST /admin/repos/{id}/archive': { answer: 'json' },
  'POST /admin/repos/{id}/maintenance': { answer: 'json' },
  'GET /api': { answer: 'json', isOpen: true },
  'GET /events': { answer: 'stream' },
  'GET /health': { answer: 'json', isOpen: true },
  'GET /health/live': { answer: 'json', isOpen: true },
  'GET /health/ready': { answer: 'json', isOpen: true },
  'POST /internal/repos': { answer: 'json', idempotencyKey: true },
  'GET /metrics': { answer: 'stream' },
  'POST /oauth/device_authorization': { answer: 'json', body: 'form', isOpen: true },
  'POST /oauth/introspect': { answer: 'json', body: 'form' },
  'POST /oauth/revoke': { answer: 'json', body: 'form', isOpen: true },
  'POST /oauth/token': { answer: 'json', body: 'form', isOpen: true },
  'GET /orgs/{org}/hooks': { answer: 'json' },
  'POST /orgs/{org}/hooks': { answer: 'json' },
  'DELETE /orgs/{org}/hooks/{id}': { answer: 'json' },
  'GET /orgs/{org}/hooks/{id}': { answer: 'json' },
  'PATCH /orgs/{org}/hooks/{id}': { answer: 'json' },
  'GET /orgs/{org}/hooks/{id}/deliveries': { answer: 'list' },
  'GET /orgs/{org}/hooks/{id}/deliveries/{deliveryId}': { answer: 'json' },
  'POST /orgs/{org}/hooks/{id}/deliveries/{deliveryId}/redeliver': { answer: 'json', idempotencyKey: true },
  'POST /orgs/{org}/hooks/{id}/ping': { answer: 'json', idempotencyKey: true },
  'POST /orgs/{org}/hooks/{id}/secret': { answer: 'json' },
  'GET /orgs/{org}/members': { answer: 'list' },
  'DELETE /orgs/{org}/members/{accountId}': { answer: 'json' },
  'PUT /orgs/{org}/members/{accountId}': { answer: 'json' },
  'GET /repos': { answer: 'list' },
  'POST /repos': { answer: 'json', idempotencyKey: true },
  'DELETE /repos/by-id/{id}': { answer: 'json' },
  'GET /repos/by-id/{id}': { answer: 'json' },
  'PATCH /repos/by-id/{id}': { answer: 'json' },
  'POST /repos/by-id/{id}/archive': { answer: 'json' },
  'POST /repos/by-id/{id}/restore': { answer: 'json' },
  'POST /repos/by-id/{id}/transfer': { answer: 'json' },
  'POST /repos/by-id/{id}/unarchive': { answer: 'json' },
  'DELETE /repos/{org}/{repo}': { answer: 'json' },
  'GET /repos/{org}/{repo}': { answer: 'json' },
  'PATCH /repos/{org}/{repo}': { answer: 'json' },
  'GET /repos/{org}/{repo}/approvals': { answer: 'list' },
  'POST /repos/{org}/{repo}/approvals': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/approvals/{id}': { answer: 'json' },
  'GET /repos/{org}/{repo}/approvals/{id}': { answer: 'json' },
  'PATCH /repos/{org}/{repo}/approvals/{id}': { answer: 'json' },
  'POST /repos/{org}/{repo}/archive': { answer: 'json' },
  'GET /repos/{org}/{repo}/archive/{path}': { answer: 'stream' },
  'GET /repos/{org}/{repo}/blame/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/blob/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/branches': { answer: 'list' },
  'POST /repos/{org}/{repo}/branches': { answer: 'json', idempotencyKey: true },
  'DELETE /repos/{org}/{repo}/branches/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/branches/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/collaborators': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/collaborators/{userId}': { answer: 'json' },
  'GET /repos/{org}/{repo}/collaborators/{userId}': { answer: 'json' },
  'PUT /repos/{org}/{repo}/collaborators/{userId}': { answer: 'json' },
  'GET /repos/{org}/{repo}/commits': { answer: 'list' },
  'POST /repos/{org}/{repo}/commits': { answer: 'json', idempotencyKey: true },
  'GET /repos/{org}/{repo}/commits/{sha}': { answer: 'json' },
  'GET /repos/{org}/{repo}/commits/{sha}/diff': { answer: 'json' },
  'GET /repos/{org}/{repo}/compare/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/events': { answer: 'list' },
  'GET /repos/{org}/{repo}/events/stream': { answer: 'stream' },
  'GET /repos/{org}/{repo}/gitconfig': { answer: 'stream' },
  'GET /repos/{org}/{repo}/hooks': { answer: 'json' },
  'POST /repos/{org}/{repo}/hooks': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/hooks/{id}': { answer: 'json' },
  'GET /repos/{org}/{repo}/hooks/{id}': { answer: 'json' },
  'PATCH /repos/{org}/{repo}/hooks/{id}': { answer: 'json' },
  'GET /repos/{org}/{repo}/hooks/{id}/deliveries': { answer: 'list' },
  'GET /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId}': { answer: 'json' },
  'POST /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId}/redeliver': {
    answer: 'json',
    idempotencyKey: true,
  },
  'POST /repos/{org}/{repo}/hooks/{id}/ping': { answer: 'json', idempotencyKey: true },
  'POST /repos/{org}/{repo}/hooks/{id}/secret': { answer: 'json' },
  'GET /repos/{org}/{repo}/mirrors': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/mirrors/{name}': { answer: 'json' },
  'GET /repos/{org}/{repo}/mirrors/{name}': { answer: 'json' },
  'PUT /repos/{org}/{repo}/mirrors/{name}': { answer: 'json' },
  'POST /repos/{org}/{repo}/mirrors/{name}/push': { answer: 'json' },
  'GET /repos/{org}/{repo}/protections': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/protections/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/protections/{path}': { answer: 'json' },
  'PUT /repos/{org}/{repo}/protections/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/pulls': { answer: 'list' },
  'POST /repos/{org}/{repo}/pulls': { answer: 'json', idempotencyKey: true },
  'GET /repos/{org}/{repo}/pulls/{id}': { answer: 'json' },
  'PATCH /repos/{org}/{repo}/pulls/{id}': { answer: 'json' },
  'POST /repos/{org}/{repo}/pulls/{id}/close': { answer: 'json', idempotencyKey: true },
  'GET /repos/{org}/{repo}/pulls/{id}/commits': { answer: 'list' },
  'GET /repos/{org}/{repo}/pulls/{id}/conflicts': { answer: 'json' },
  'GET /repos/{org}/{repo}/pulls/{id}/diff': { answer: 'json' },
  'POST /repos/{org}/{repo}/pulls/{id}/merge': { answer: 'json', idempotencyKey: true },
  'GET /repos/{org}/{repo}/pulls/{id}/mergeability': { answer: 'json' },
  'POST /repos/{org}/{repo}/pulls/{id}/reopen': { answer: 'json', idempotencyKey: true },
  'GET /repos/{org}/{repo}/raw/{path}': { answer: 'stream' },
  'POST /repos/{org}/{repo}/restore': { answer: 'json' },
  'GET /repos/{org}/{repo}/scan': { answer: 'json' },
  'PUT /repos/{org}/{repo}/scan': { answer: 'json' },
  'GET /repos/{org}/{repo}/search': { answer: 'json' },
  'GET /repos/{org}/{repo}/tags': { answer: 'list' },
  'POST /repos/{org}/{repo}/tags': { answer: 'json', idempotencyKey: true },
  'DELETE /repos/{org}/{repo}/tags/{path}': { answer: 'json' },
  'GET /repos/{org}/{repo}/tags/{path}': { answer: 'json' },
  'POST /repos/{org}/{repo}/transfer': { answer: 'json' },
  'GET /repos/{org}/{repo}/tree/{path}': { answer: 'json' },
  'POST /repos/{org}/{repo}/unarchive': { answer: 'json' },
  'DELETE /repos/{org}/{repo}/upstream': { answer: 'json' },
  'GET /repos/{org}/{repo}/upstream': { answer: 'json' },
  'PUT /repos/{org}/{repo}/upstream': { answer: 'json' },
  'POST /repos/{org}/{repo}/upstream/key/revoke': { answer: 'json' },
  'POST /repos/{org}/{repo}/upstream/key/rotate': { answer: 'json' },
  'POST /repos/{org}/{repo}/upstream/refresh': { answer: 'json' },
  'GET /repos/{org}/{repo}/upstream/status': { answer: 'json' },
  'GET /tokens': { answer: 'list' },
  'POST /tokens': { answer: 'json' },
  'DELETE /tokens/{id}': { answer: 'json' },
  'GET /whoami': { answer: 'json' },
} as const satisfies Record<keyof Operations, OperationTraits>
