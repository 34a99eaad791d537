/** Private keys and signed tokens, whoever uses them. */
import type { Rule } from '../rule.ts'
import { rule, token } from './define.ts'

export const KEYS: readonly Rule[] = [
  rule('private-key', {
    description: 'private key (PEM, OpenSSH, PGP)',
    reference: 'RFC 7468; OpenSSH, PROTOCOL.key; RFC 9580, section 6.2',
    keywords: ['-----begin', '---- begin'],
    pattern: /-{4,5} ?BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?(?:-{5}| -{4})((?:[^-]|-(?!---)){64,20000})/,
    view: 'wide',
    check: 'private-key',
  }),
  rule('putty-private-key', {
    description: 'PuTTY private key',
    reference: 'PuTTY user manual, appendix C, "PPK file format"',
    keywords: ['putty-user-key-file-'],
    pattern: /PuTTY-User-Key-File-\d: [^]{1,8000}?Private-Lines: \d{1,3}\s{1,4}([0-9A-Za-z+/=\s]{40,8000})/,
    view: 'wide',
  }),
  token('age-secret-key', {
    description: 'age secret key',
    reference: 'age(1); C2SP, "age", X25519 identity',
    keywords: ['age-secret-key-1'],
    pattern: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/,
    check: 'bech32',
  }),
  token('nostr-nsec', {
    description: 'nostr private key',
    reference: 'NIP-19, bare keys and ids',
    keywords: ['nsec1'],
    pattern: /nsec1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}/,
    check: 'bech32',
  }),
  token('sluice-token', {
    description: 'token of this server',
    reference: 'src/kernel/opaque-token.ts',
    keywords: ['slc_'],
    pattern: /slc_[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{49}/,
    check: 'sluice-token',
  }),
  token('jwt', {
    description: 'JSON Web Token',
    reference: 'RFC 7519; RFC 7515, section 3.1',
    keywords: ['eyj'],
    pattern: /eyJ[0-9A-Za-z_-]{12,1024}\.eyJ[0-9A-Za-z_-]{12,12000}\.[0-9A-Za-z_-]{20,2000}/,
    view: 'wide',
    check: 'signed-jwt',
    generic: true,
  }),
]
