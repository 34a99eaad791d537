/** Keys of monitoring, logging and analytics. */
import type { Rule } from '../rule.ts'
import { assigned, token } from './define.ts'

export const OBSERVABILITY: readonly Rule[] = [
  ...['datadog', 'dd_'].map((owner) =>
    assigned(`${owner.replace('_', '')}-key`, owner, '[0-9a-f]{32}|[0-9a-f]{40}', {
      description: 'Datadog API or application key',
      reference: 'Datadog, "API and application keys"',
    }),
  ),
  token('new-relic-key', {
    description: 'New Relic key',
    reference: 'New Relic, "API keys"',
    keywords: ['nrak-', 'nrii-', 'nrra-', 'nrsp-'],
    pattern: /NR(?:AK-[0-9A-Z]{27}|II-[0-9A-Za-z_-]{32}|RA-[0-9a-f]{42})/,
  }),
  token('new-relic-license-key', {
    description: 'New Relic license key',
    reference: 'New Relic, "License key"',
    keywords: ['nral'],
    pattern: /[0-9a-f]{36}NRAL/,
    begins: 'around',
  }),
  token('sentry-token', {
    description: 'Sentry user token',
    reference: 'Sentry, "Auth tokens"',
    keywords: ['sntryu_', 'sntrya_'],
    pattern: /sntry[ua]_[0-9a-f]{64}/,
  }),
  token('sentry-org-token', {
    description: 'Sentry organization token',
    reference: 'Sentry, "Auth tokens"',
    keywords: ['sntrys_'],
    pattern: /sntrys_eyJ[0-9A-Za-z+/=_-]{40,400}_[0-9A-Za-z+/]{43}/,
    check: 'base64-json',
  }),
  token('grafana-service-account-token', {
    description: 'Grafana service account token',
    reference: 'Grafana, "Service accounts"',
    keywords: ['glsa_'],
    pattern: /glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}/,
  }),
  token('grafana-cloud-token', {
    description: 'Grafana Cloud access policy token',
    reference: 'Grafana Cloud, "Access policies"',
    keywords: ['glc_'],
    pattern: /glc_eyJ[0-9A-Za-z+/=]{60,400}/,
    check: 'base64-json',
  }),
  token('dynatrace-token', {
    description: 'Dynatrace token',
    reference: 'Dynatrace, "Access tokens and OAuth clients", token format',
    keywords: ['dt0c01.', 'dt0s01.'],
    pattern: /dt0[cs]01\.[0-9A-Z]{24}\.[0-9A-Z]{64}/,
  }),
  token('posthog-key', {
    description: 'PostHog personal API key',
    reference: 'PostHog, "API overview", private endpoints',
    keywords: ['phx_'],
    pattern: /phx_[0-9A-Za-z]{43,56}/,
    entropy: 3.5,
  }),
]
