/** `erase`: the server refused a credential, so it is not handed out again. A newer one stays. */
import { attribute, type Attributes } from './attributes.ts'
import { credentialFor } from './credential-for.ts'
import { requestedUrl } from './request.ts'
import type { HelperSettings } from './settings.ts'

export async function erase(refused: Attributes, settings: HelperSettings): Promise<void> {
  const url = requestedUrl(refused)
  const credential = url === null ? null : await credentialFor(settings, { url, action: '' })
  const token = attribute(refused, 'credential') ?? attribute(refused, 'password')
  await credential?.invalidate(token ?? undefined)
}
