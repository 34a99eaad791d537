/** Keys of payment services and of shops. */
import type { Rule } from '../rule.ts'
import { token } from './define.ts'

export const PAYMENT: readonly Rule[] = [
  token('stripe-key', {
    description: 'Stripe secret or restricted key',
    reference: 'Stripe, "API keys"',
    keywords: ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'],
    pattern: /[sr]k_(?:live|test)_[0-9A-Za-z]{24,247}/,
    entropy: 3.5,
  }),
  token('stripe-webhook-secret', {
    description: 'Stripe webhook signing secret',
    reference: 'Stripe, "Receive Stripe events in your webhook endpoint"',
    keywords: ['whsec_'],
    pattern: /whsec_[0-9A-Za-z+/]{32,64}=?/,
    entropy: 3.5,
  }),
  token('square-token', {
    description: 'Square access token or application secret',
    reference: 'Square developer documentation, "Access tokens"',
    keywords: ['sq0atp-', 'sq0csp-'],
    pattern: /sq0(?:atp-[0-9A-Za-z_-]{22}|csp-[0-9A-Za-z_-]{43})(?![_-])/,
  }),
  token('square-production-token', {
    description: 'Square production access token',
    reference: 'Square developer documentation, "Access tokens"',
    keywords: ['eaaa'],
    pattern: /EAAA[0-9A-Za-z_-]{60}(?![_+/=-])/,
    entropy: 4,
  }),
  token('braintree-token', {
    description: 'PayPal Braintree access token',
    reference: 'Braintree, "Gateway credentials"',
    keywords: ['access_token$production$'],
    pattern: /access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}/,
  }),
  token('shopify-token', {
    description: 'Shopify access token or shared secret',
    reference: 'Shopify changelog, "Length of the shared secret is increasing"; "Access tokens"',
    keywords: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    pattern: /shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/,
  }),
  token('shippo-token', {
    description: 'Shippo API token',
    reference: 'Shippo, "Authentication"',
    keywords: ['shippo_live_', 'shippo_test_'],
    pattern: /shippo_(?:live|test)_[0-9a-f]{40}/,
  }),
]
