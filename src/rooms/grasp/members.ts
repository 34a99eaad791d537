/** Who may use this service at all: everybody, or the members of a private one. @see GRASP-08, NIP-42 */

/**
 * @param keys that a connection, or a request, has proven to hold; hex
 * @returns `null`: welcome; else what is said to them, as `OK`, `CLOSED` and `NEG-ERR` carry it
 */
export type Admission = (keys: ReadonlySet<string>) => string | null

/** @param members public keys in hex; `null`: this is no private service */
export function admissionOf(members: readonly string[] | null): Admission {
  if (members === null) return () => null
  const known = new Set(members)
  return (keys) => {
    if ([...keys].some((key) => known.has(key))) return null
    return keys.size === 0
      ? 'auth-required: this is a private service'
      : 'restricted: this is a private service, and none of your keys is a member'
  }
}
