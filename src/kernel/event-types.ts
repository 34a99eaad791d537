/** Every type of event that there is, in one table: docs/events.md is generated from it. A list, and nothing else. */

export interface EventTypeEntry {
  readonly about: string
  /** What `targetId` names. */
  readonly target: string
  /** Members of `metadata`. */
  readonly data: readonly string[]
  /** Somebody was refused: in audits only. */
  readonly denied?: true
}

const HOOK = { target: 'the webhook', data: ['origin'] }
const PULL = {
  target: 'the pull request',
  data: ['number', 'title', 'sourceBranch', 'targetBranch', 'sourceSha', 'targetSha'],
}
const MIRROR = { target: 'the mirror', data: ['name', 'url'] }
const APPROVAL = { target: 'the approval', data: ['fingerprint', 'rule', 'path'] }
const DEPLOY_KEY = ['provider', 'repository', 'title', 'fingerprint']
const TOKEN = { target: 'the token, or the family of refresh tokens', data: ['kind', 'name', 'accountId'] }

export const EVENT_TYPES = {
  push: {
    about: 'Refs have moved, by whatever road.',
    target: '',
    data: ['pushId', 'via', 'refs', 'pushOptions', 'headMovedTo', 'recovered'],
  },
  'repo.created': {
    about: 'A repository was made.',
    target: 'the repository',
    data: ['name', 'slug', 'orgSlug', 'visibility', 'kind'],
  },
  'repo.renamed': { about: 'Its slug has changed.', target: 'the repository', data: ['from', 'to'] },
  'repo.updated': { about: 'Other fields have changed.', target: 'the repository', data: ['changed'] },
  'repo.archived': { about: 'Nobody can write to it.', target: 'the repository', data: [] },
  'repo.unarchived': { about: 'It can be written to again.', target: 'the repository', data: [] },
  'repo.transferred': {
    about: 'It belongs to another organisation.',
    target: 'the repository',
    data: ['from', 'to'],
  },
  'repo.deleted': {
    about: 'It was deleted, or has expired; it can be restored for a while.',
    target: 'the repository',
    data: ['slug', 'orgSlug', 'reason'],
  },
  'repo.restored': { about: 'It is there again.', target: 'the repository', data: ['slug', 'orgSlug'] },
  'repo.purged': { about: 'It is gone for good.', target: 'the repository', data: ['slug', 'orgSlug'] },
  'repo.collaborator_added': {
    about: 'An account has a role in it. `ownerId`: who owns it from now on, where that has changed as well.',
    target: 'the account',
    data: ['role', 'ownerId'],
  },
  'repo.collaborator_changed': {
    about: 'The account has another role.',
    target: 'the account',
    data: ['role', 'ownerId'],
  },
  'repo.collaborator_removed': {
    about: 'The account has none; `role` is the one that it had.',
    target: 'the account',
    data: ['role', 'ownerId'],
  },
  'protection.changed': {
    about: 'A rule of branches was made or changed.',
    target: 'the repository',
    data: ['pattern', 'push', 'force', 'delete', 'requirePullRequest', 'allow'],
  },
  'protection.removed': { about: 'The rule is gone.', target: 'the repository', data: ['pattern'] },
  'pr.opened': { about: 'A pull request was opened.', ...PULL },
  'pr.updated': {
    about: 'Its title, description, target or commits have changed.',
    target: PULL.target,
    data: [...PULL.data, 'changed', 'before'],
  },
  'pr.closed': { about: 'It was closed.', ...PULL },
  'pr.reopened': { about: 'It was opened again.', ...PULL },
  'pr.merged': {
    about: 'It is merged, by the server or by a push.',
    target: PULL.target,
    data: [...PULL.data, 'mergeCommitSha', 'strategy'],
  },
  'org.created': {
    about: 'An organisation came with its first repository. `ownerId`: its first member.',
    target: 'the organisation',
    data: ['slug', 'ownerId'],
  },
  'member.added': { about: 'An account belongs to it.', target: 'the account', data: ['role'] },
  'member.changed': { about: 'The member has another role.', target: 'the account', data: ['role'] },
  'member.removed': {
    about: 'The member is none; `role` is the one that it had.',
    target: 'the account',
    data: ['role'],
  },
  'account.created': {
    about: 'A machine was made, or somebody has logged in for the first time: then `issuer` says where.',
    target: 'the account',
    data: ['kind', 'displayName', 'ownerId', 'issuer'],
  },
  'account.identity_added': {
    about: 'Its holder came by way of another issuer for the first time.',
    target: 'the account',
    data: ['issuer'],
  },
  'account.changed': { about: 'It has another name.', target: 'the account', data: ['kind', 'displayName'] },
  'account.disabled': {
    about: 'Nothing of it is accepted.',
    target: 'the account',
    data: ['kind', 'displayName'],
  },
  'account.enabled': {
    about: 'It is accepted again.',
    target: 'the account',
    data: ['kind', 'displayName'],
  },
  'account.bound': {
    about: 'Workloads of an issuer may become this machine.',
    target: 'the account',
    data: ['bindingId', 'issuer', 'audience', 'claims'],
  },
  'account.unbound': {
    about: 'They may no longer.',
    target: 'the account',
    data: ['bindingId', 'issuer', 'audience', 'claims'],
  },
  'token.minted': { about: 'A token that is kept was made, or somebody has logged in by device.', ...TOKEN },
  'token.revoked': {
    about: 'It was taken back, or was used in a way that ends it: then `reason` says which.',
    target: TOKEN.target,
    data: [...TOKEN.data, 'reason'],
  },
  'key.created': { about: 'The first key that signs tokens was made.', target: 'the key', data: ['kid'] },
  'key.rotated': { about: 'Another key signs tokens.', target: 'the key', data: ['kid'] },
  'key.secret_rotated': {
    about: 'The operator has sealed with a new secret whatever lies encrypted in the database.',
    target: '',
    data: ['values'],
  },
  'hook.created': { about: 'A webhook was made.', ...HOOK },
  'hook.updated': { about: 'It was changed.', ...HOOK },
  'hook.secret_replaced': { about: 'It signs with a new secret.', ...HOOK },
  'hook.deleted': { about: 'It is gone.', ...HOOK },
  'hook.pinged': { about: 'An owner has sent it a trial event, this one.', ...HOOK },
  'hook.redelivered': {
    about: 'An owner has sent it something once more.',
    target: HOOK.target,
    data: [...HOOK.data, 'delivery', 'redeliveryOf'],
  },
  'hook.disabled': {
    about: 'The server has switched it off.',
    target: HOOK.target,
    data: [...HOOK.data, 'reason'],
  },
  'mirror.set': {
    about: 'A mirror was made or changed, by an owner or by an integration.',
    target: MIRROR.target,
    data: [...MIRROR.data, 'refs', 'refused'],
  },
  'mirror.removed': { about: 'It is gone.', ...MIRROR },
  'mirror.failed': {
    about: 'It cannot be pushed to; told once.',
    target: MIRROR.target,
    data: [...MIRROR.data, 'error'],
  },
  'mirror.recovered': { about: 'It can be pushed to again.', ...MIRROR },
  'upstream.set': {
    about: 'The repository is a gate before this upstream, or its upstream was changed.',
    target: 'the repository',
    data: ['url', 'provider', 'keyFingerprint', 'hostKeyFingerprint', 'maxAgeMs', 'staleIfError'],
  },
  'upstream.removed': {
    about: 'The repository is no gate any more, and keeps what it holds.',
    target: 'the repository',
    data: ['url', 'provider'],
  },
  'scan.changed': {
    about: 'Pushes to it are scanned for secrets in another way, or not at all.',
    target: 'the repository',
    data: ['enabled', 'rules', 'allow', 'approvalWaitMs'],
  },
  'approval.requested': { about: 'A push was refused for what looks like a secret.', ...APPROVAL },
  'approval.decided': {
    about: 'An owner has let it pass, or not.',
    target: APPROVAL.target,
    data: [...APPROVAL.data, 'state', 'reason', 'expiresAt'],
  },
  'approval.removed': { about: 'What was decided is forgotten.', ...APPROVAL },
  'upstream.key_rotated': {
    about: 'Another key is used for it. `before`: fingerprint of the one that goes.',
    target: 'the repository',
    data: ['provider', 'keyFingerprint', 'before'],
  },
  'upstream.key_revoked': {
    about: 'No key is used for it any more: somebody has `asked` for that, or it has `expired`.',
    target: 'the repository',
    data: ['provider', 'keyFingerprint', 'reason'],
  },
  'upstream.key_removed': {
    about: 'A deploy key is registered at its forge no more.',
    target: 'the repository',
    data: DEPLOY_KEY,
  },
  'upstream.key_removal_failed': {
    about: 'A deploy key could not be removed at its forge; told once, and tried again.',
    target: 'the repository',
    data: [...DEPLOY_KEY, 'error'],
  },
  'job.failed': {
    about: 'A job has failed for good, and is tried again by hand only.',
    target: 'the job',
    data: ['jobType', 'attempts', 'error'],
  },
  'admin.job_retried': {
    about: 'An administrator has let a failed job run again.',
    target: 'the job',
    data: ['jobType'],
  },
  'admin.backup_requested': {
    about: 'An administrator wants a backup now.',
    target: 'the job',
    data: [],
  },
  'push.denied': {
    about: 'A push, a commit or a merge was refused by a policy.',
    target: '',
    data: ['via', 'address', 'refs', 'times', 'firstAt'],
    denied: true,
  },
  'access.denied': {
    about: 'Permission has refused a write to somebody who may see the repository.',
    target: '',
    data: ['route', 'address', 'required', 'missing', 'times', 'firstAt'],
    denied: true,
  },
  'login.failed': {
    about: 'A credential, code or assertion was presented and is not valid.',
    target: '',
    data: ['route', 'address', 'code', 'reason', 'times', 'firstAt'],
    denied: true,
  },
  'denials.dropped': {
    about: 'So many more were refused, of more kinds than are told apart.',
    target: '',
    data: ['times'],
    denied: true,
  },
} as const satisfies Readonly<Record<string, EventTypeEntry>>
