/** Tokens of the services that teams plan, write and draw with, and of those that keep their secrets. */
import type { Rule } from '../rule.ts'
import { token } from './define.ts'

export const WORKPLACE: readonly Rule[] = [
  token('vault-token', {
    description: 'HashiCorp Vault token',
    reference: 'Vault, "Tokens", token prefixes',
    keywords: ['hvs.', 'hvb.', 'hvr.'],
    pattern: /hv[sbr]\.[0-9A-Za-z_-]{24,300}/,
    entropy: 3.8,
  }),
  token('terraform-token', {
    description: 'HCP Terraform API token',
    reference: 'HCP Terraform, "API tokens"',
    keywords: ['.atlasv1.'],
    pattern: /[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}/,
    begins: 'around',
    entropy: 3.5,
  }),
  token('doppler-token', {
    description: 'Doppler token',
    reference: 'Doppler, "Auth token formats"',
    keywords: ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
    pattern: /dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}/,
    entropy: 3.5,
  }),
  token('onepassword-service-token', {
    description: '1Password service account token',
    reference: '1Password developer documentation, "Service accounts"',
    keywords: ['ops_eyj'],
    pattern: /ops_eyJ[0-9A-Za-z+/]{200,4000}=*/,
    view: 'wide',
    check: 'base64-json',
  }),
  token('linear-key', {
    description: 'Linear API key',
    reference: 'Linear developers, "Getting started"',
    keywords: ['lin_api_', 'lin_oauth_'],
    pattern: /lin_(?:api_[0-9A-Za-z]{40}|oauth_[0-9a-f]{64})/,
    entropy: 3.5,
  }),
  token('notion-token', {
    description: 'Notion integration token',
    reference: 'Notion developers, changelog of 2024-09-25 (prefix ntn_); "Authorization"',
    keywords: ['ntn_', 'secret_'],
    pattern: /(?:ntn_\d{11}[0-9A-Za-z]{35}|secret_[0-9A-Za-z]{43})/,
    entropy: 4,
  }),
  token('figma-token', {
    description: 'Figma personal access token',
    reference: 'Figma REST API, "Authentication"',
    keywords: ['figd_'],
    pattern: /figd_[0-9A-Za-z_-]{40}(?![_-])/,
    entropy: 3.5,
  }),
  token('postman-key', {
    description: 'Postman API key',
    reference: 'Postman, "Postman API authentication"',
    keywords: ['pmak-'],
    pattern: /PMAK-[0-9a-f]{24}-[0-9a-f]{34}/,
  }),
  token('mapbox-token', {
    description: 'Mapbox secret token',
    reference: 'Mapbox, "Access tokens"',
    keywords: ['sk.eyj'],
    pattern: /sk\.eyJ[0-9A-Za-z_-]{40,200}\.[0-9A-Za-z_-]{22}(?![_-])/,
    entropy: 3.5,
  }),
  token('contentful-token', {
    description: 'Contentful personal access token',
    reference: 'Contentful, "Authentication", Content Management API',
    keywords: ['cfpat-'],
    pattern: /CFPAT-[0-9A-Za-z_-]{43}(?![_-])/,
    entropy: 3.5,
  }),
]
