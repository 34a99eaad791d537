/** Tokens of chat services, and of those that send mail and messages. */
import type { Rule } from '../rule.ts'
import { assigned, token } from './define.ts'

export const CHAT: readonly Rule[] = [
  token('slack-token', {
    description: 'Slack token',
    reference: 'Slack API, "Token types"',
    keywords: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-'],
    pattern: /xox[bparso]-(?:\d-)?\d{6,14}-(?:\d{6,14}-){0,2}[0-9A-Za-z]{20,64}/,
  }),
  token('slack-app-token', {
    description: 'Slack app-level token',
    reference: 'Slack API, "App-level tokens"',
    keywords: ['xapp-'],
    pattern: /xapp-\d-[A-Z0-9]{8,14}-\d{8,14}-[0-9a-f]{64}/,
  }),
  token('slack-rotating-token', {
    description: 'Slack rotating token',
    reference: 'Slack API, "Using token rotation"',
    keywords: ['xoxe.', 'xoxe-'],
    pattern: /xoxe(?:\.xox[bp])?-\d-[0-9A-Za-z]{100,200}/,
  }),
  token('slack-webhook', {
    description: 'Slack incoming webhook',
    reference: 'Slack API, "Sending messages using incoming webhooks"',
    keywords: ['hooks.slack.com/'],
    pattern:
      /hooks\.slack\.com\/(?:services|workflows|triggers)\/(T[0-9A-Z]{8,12}\/[AB][0-9A-Z]{8,12}\/[0-9A-Za-z/]{24,60})/,
  }),
  token('discord-bot-token', {
    description: 'Discord bot token',
    reference: 'Discord developer documentation, "Reference", authentication',
    keywords: ['discord', 'bot_token', 'bottoken', 'bot-token'],
    pattern: /(?:M|N|O)[0-9A-Za-z_-]{22,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,38}(?![_-])/,
    begins: 'around',
    check: 'snowflake',
  }),
  token('discord-webhook', {
    description: 'Discord webhook',
    reference: 'Discord developer documentation, "Webhook resource"',
    keywords: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(\d{17,20}\/[0-9A-Za-z_-]{68})(?![_-])/,
  }),
  token('telegram-bot-token', {
    description: 'Telegram bot token',
    reference: 'Telegram Bot API, "Authorizing your bot"',
    keywords: [':aa'],
    pattern: /(?:bot)?(\d{8,10}:AA[0-9A-Za-z_-]{33})(?![_-])/,
    begins: 'around',
    entropy: 3.5,
  }),
  assigned('twilio-token', 'twilio', '[0-9a-f]{32}|SK[0-9a-f]{32}', {
    description: 'Twilio auth token or key',
    reference: 'Twilio, "Auth tokens and how to change them"',
  }),
  token('sendgrid-key', {
    description: 'SendGrid API key',
    reference: 'Twilio SendGrid, "API keys"',
    keywords: ['sg.'],
    pattern: /SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}(?![_-])/,
    entropy: 3.5,
  }),
  token('mailgun-key', {
    description: 'Mailgun key',
    reference: 'Mailgun, "API keys"',
    keywords: ['mailgun'],
    pattern: /(?:key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})/,
    begins: 'around',
  }),
  token('mailchimp-key', {
    description: 'Mailchimp API key',
    reference: 'Mailchimp, "About API keys"',
    keywords: ['mailchimp'],
    pattern: /[0-9a-f]{32}-us\d{1,2}/,
    begins: 'around',
  }),
  token('brevo-key', {
    description: 'Brevo API key',
    reference: 'Brevo, "Create and manage your API keys"',
    keywords: ['xkeysib-', 'xsmtpsib-'],
    pattern: /x(?:key|smtp)sib-[0-9a-f]{64}-[0-9A-Za-z]{16}/,
  }),
]
