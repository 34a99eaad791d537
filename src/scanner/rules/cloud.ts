/** Keys of cloud providers. */
import type { Rule } from '../rule.ts'
import { ASSIGN, assigned, rule, token, NO_PLACEHOLDERS } from './define.ts'

const AWS_SECRET = '[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])'

export const CLOUD: readonly Rule[] = [
  {
    ...rule('aws-secret-access-key', {
      description: 'AWS secret access key',
      reference: 'AWS General Reference, "Understanding and getting your AWS credentials"',
      keywords: ['secret_access_key', 'secret-access-key', 'secretaccesskey', 'aws_secret_key', 'aws_secret'],
      pattern: new RegExp(`(?:secret[_-]?access[_-]?key|aws_secret(?:_key)?)${ASSIGN}(${AWS_SECRET})`, 'i'),
      entropy: 4,
    }),
    allow: NO_PLACEHOLDERS,
  },
  {
    ...rule('aws-key-pair', {
      description: 'AWS access key id with its secret',
      reference: 'AWS SDKs reference guide, "Shared config and credentials files"',
      keywords: ['akia', 'asia'],
      pattern: new RegExp(`A[KS]IA[A-Z2-7]{16}["']?[\\s,:;]{1,4}["']?(${AWS_SECRET})`),
      entropy: 4,
    }),
    allow: NO_PLACEHOLDERS,
  },
  token('aws-access-key-id', {
    description: 'AWS access key id',
    reference: 'IAM user guide, "Understanding unique ID prefixes"',
    keywords: ['akia', 'asia'],
    pattern: /A[KS]IA[A-Z2-7]{16}/,
  }),
  token('gcp-api-key', {
    description: 'Google API key',
    reference: 'Google Cloud, "Manage API keys"',
    keywords: ['aiza'],
    pattern: /AIza[0-9A-Za-z_-]{35}(?![_-])/,
    entropy: 3.5,
  }),
  token('google-oauth-client-secret', {
    description: 'Google OAuth client secret',
    reference: 'Google Cloud, "Setting up OAuth 2.0"',
    keywords: ['gocspx-'],
    pattern: /GOCSPX-[0-9A-Za-z_-]{28}(?![_-])/,
  }),
  token('google-oauth-token', {
    description: 'Google OAuth access or refresh token',
    reference: 'Google Identity, "Using OAuth 2.0 to access Google APIs"',
    keywords: ['ya29.', '1//0'],
    pattern: /(?:ya29\.[0-9A-Za-z_-]{30,2048}|1\/\/0[0-9A-Za-z_-]{50,512})/,
    entropy: 3.5,
  }),
  token('azure-storage-key', {
    description: 'Azure Storage account key',
    reference: 'Azure Storage, "Configure connection strings"',
    keywords: ['accountkey=', 'sharedaccesskey='],
    pattern: /(?:AccountKey|SharedAccessKey)=((?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=))/,
    entropy: 4,
  }),
  token('azure-client-secret', {
    description: 'Microsoft Entra client secret',
    reference: 'Microsoft Purview, "Azure AD client secret entity definition"',
    keywords: ['q~'],
    pattern: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/,
    begins: 'around',
    entropy: 3.5,
  }),
  token('azure-devops-token', {
    description: 'Azure DevOps personal access token',
    reference: 'Azure DevOps, "Use personal access tokens", changes to format',
    keywords: ['azdo'],
    pattern: /[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/,
    begins: 'around',
  }),
  token('alibaba-access-key-id', {
    description: 'Alibaba Cloud access key id',
    reference: 'Alibaba Cloud RAM, "Create an AccessKey pair"',
    keywords: ['ltai'],
    pattern: /LTAI[A-Za-z0-9]{20}/,
    entropy: 3.5,
  }),
  token('digitalocean-token', {
    description: 'DigitalOcean token',
    reference: 'DigitalOcean, "How to create a personal access token"',
    keywords: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    pattern: /do[opr]_v1_[0-9a-f]{64}/,
  }),
  token('cloudflare-origin-ca-key', {
    description: 'Cloudflare Origin CA key',
    reference: 'Cloudflare Fundamentals, "Get Origin CA keys"',
    keywords: ['v1.0-'],
    pattern: /v1\.0-[0-9a-f]{24}-[0-9a-f]{146}/,
  }),
  assigned('cloudflare-token', 'cloudflare', '[A-Za-z0-9_-]{37}|[A-Za-z0-9_-]{40}', {
    description: 'Cloudflare API token or key',
    reference: 'Cloudflare Fundamentals, "Create API token"',
    check: 'random',
  }),
  token('heroku-token', {
    description: 'Heroku API token',
    reference: 'Heroku changelog, "Improved token format" (HRKU- prefix)',
    keywords: ['hrku-'],
    pattern: /HRKU-AA[0-9A-Za-z_-]{58}(?![_-])/,
  }),
  assigned('heroku-key', 'heroku', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', {
    description: 'Heroku API key',
    reference: 'Heroku Platform API reference, "Authentication"',
  }),
  assigned('linode-token', 'linode', '[0-9a-f]{64}', {
    description: 'Linode personal access token',
    reference: 'Linode, "Manage personal access tokens"',
  }),
  assigned('fastly-token', 'fastly', '[A-Za-z0-9_-]{32}', {
    description: 'Fastly API token',
    reference: 'Fastly, "Using API tokens"',
    check: 'random',
  }),
  token('databricks-token', {
    description: 'Databricks personal access token',
    reference: 'Databricks, "Personal access token authentication"',
    keywords: ['dapi'],
    pattern: /dapi[0-9a-f]{32}(?:-\d)?/,
  }),
  token('planetscale-token', {
    description: 'PlanetScale password or token',
    reference: 'PlanetScale, "Service tokens"',
    keywords: ['pscale_'],
    pattern: /pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_.-]{32,64}/,
    entropy: 3.5,
  }),
  token('supabase-key', {
    description: 'Supabase access token or secret key',
    reference: 'Supabase, "Understanding API keys"',
    keywords: ['sbp_', 'sb_secret_'],
    pattern: /(?:sbp_[0-9a-f]{40}|sb_secret_[0-9A-Za-z_-]{31})/,
  }),
  token('netlify-token', {
    description: 'Netlify personal access token',
    reference: 'Netlify, "Get started with the Netlify API"',
    keywords: ['nfp_'],
    pattern: /nfp_[0-9A-Za-z]{36}/,
  }),
  token('tailscale-key', {
    description: 'Tailscale key',
    reference: 'Tailscale, "Key prefixes"',
    keywords: ['tskey-'],
    pattern: /tskey-(?:api|auth|client|scim|webhook)-[0-9A-Za-z]{5,32}-[0-9A-Za-z]{20,64}/,
  }),
  token('pulumi-token', {
    description: 'Pulumi access token',
    reference: 'Pulumi Cloud, "Access tokens"',
    keywords: ['pul-'],
    pattern: /pul-[0-9a-f]{40}/,
  }),
]
