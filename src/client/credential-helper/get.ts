/** `get`: the credential that git asks for, in the newest form that it understands. @see git-credential(1) */
import { SluiceError } from '../sluice-error.ts'
import { attribute, hasCapability, writeAttributes, type Attributes } from './attributes.ts'
import { credentialFor } from './credential-for.ts'
import { expiryOf } from './expiry.ts'
import { requestedUrl } from './request.ts'
import type { HelperSettings } from './settings.ts'

export interface GetAnswer {
  /** For git. */
  readonly text: string
  /** Why there is no credential; `null` also where there is nothing to say: this host is not ours. */
  readonly fault: unknown
}

const SILENCE: GetAnswer = { text: '', fault: null }
/** Another helper, or a person at a prompt, could only give what this server does not know either. */
const NOBODY_ELSE = writeAttributes({ quit: '1' })

export async function get(asked: Attributes, settings: HelperSettings): Promise<GetAnswer> {
  const url = requestedUrl(asked)
  const credential = url === null ? null : await credentialFor(settings, { url, action: '' })
  if (credential === null) return SILENCE
  try {
    return { text: answer(asked, await credential.token()), fault: null }
  } catch (fault) {
    return { text: hasAnswered(fault) ? NOBODY_ELSE : '', fault }
  }
}

function hasAnswered(fault: unknown): boolean {
  return fault instanceof SluiceError && fault.status !== null && fault.status < 500
}

function answer(asked: Attributes, token: string): string {
  const expiry = expiryOf(token)
  const until = expiry === null ? {} : { password_expiry_utc: String(expiry) }
  if (hasCapability(asked, 'authtype')) {
    return writeAttributes({
      'capability[]': 'authtype',
      authtype: 'Bearer',
      credential: token,
      ephemeral: '1',
      ...until,
    })
  }
  return writeAttributes({ username: attribute(asked, 'username') ?? 'sluice', password: token, ...until })
}
