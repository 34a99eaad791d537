/** Tokens of package registries. */
import type { Rule } from '../rule.ts'
import { token } from './define.ts'

export const REGISTRIES: readonly Rule[] = [
  token('npm-token', {
    description: 'npm access token',
    reference: 'GitHub blog, "Announcing npm’s new access token format"',
    keywords: ['npm_'],
    pattern: /npm_[0-9A-Za-z]{36}/,
    entropy: 3.5,
  }),
  token('pypi-token', {
    description: 'PyPI token',
    reference: 'PyPI help, "API tokens"; macaroons of pypi.org and test.pypi.org',
    keywords: ['pypi-ageichlwas5vcmc', 'pypi-agendgvzdc5wexbplm9yzw'],
    pattern: /pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[0-9A-Za-z_-]{50,1000}/,
    entropy: 3.5,
  }),
  token('rubygems-key', {
    description: 'RubyGems API key',
    reference: 'RubyGems guides, "API key scopes"',
    keywords: ['rubygems_'],
    pattern: /rubygems_[0-9a-f]{48}/,
  }),
  token('crates-io-token', {
    description: 'crates.io API token',
    reference: 'crates.io, "API tokens" (prefix cio)',
    keywords: ['cio'],
    pattern: /cio[0-9A-Za-z]{32}/,
    entropy: 3.8,
  }),
  token('docker-hub-token', {
    description: 'Docker Hub access token',
    reference: 'Docker Docs, "Personal access tokens"; "Organization access tokens"',
    keywords: ['dckr_pat_', 'dckr_oat_'],
    pattern: /dckr_(?:pat_[0-9A-Za-z_-]{27}|oat_[0-9A-Za-z_-]{32})(?![_-])/,
  }),
  token('nuget-key', {
    description: 'NuGet API key',
    reference: 'NuGet, "Scoped API keys"',
    keywords: ['oy2'],
    pattern: /oy2[0-9a-z]{43}/,
    entropy: 3.5,
  }),
  token('clojars-token', {
    description: 'Clojars deploy token',
    reference: 'Clojars wiki, "Deploy tokens"',
    keywords: ['clojars_'],
    pattern: /CLOJARS_[0-9a-z]{60}/,
  }),
]
