/** Keys of services that serve language models. */
import type { Rule } from '../rule.ts'
import { token } from './define.ts'

export const MODELS: readonly Rule[] = [
  token('anthropic-key', {
    description: 'Anthropic API key',
    reference: 'Anthropic, "API overview", authentication',
    keywords: ['sk-ant-'],
    pattern: /sk-ant-(?:api|admin|oat|ort)\d{2}-[0-9A-Za-z_-]{80,120}/,
    entropy: 3.5,
  }),
  token('openai-key', {
    description: 'OpenAI API key',
    reference: 'OpenAI API reference, "Authentication"',
    keywords: ['t3blbkfj'],
    pattern: /sk-(?:proj-|svcacct-|admin-|None-)?[0-9A-Za-z_-]{20,100}T3BlbkFJ[0-9A-Za-z_-]{20,100}/,
    begins: 'around',
    entropy: 3.5,
  }),
  token('hugging-face-token', {
    description: 'Hugging Face token',
    reference: 'Hugging Face Hub, "User access tokens"',
    keywords: ['hf_', 'api_org_'],
    pattern: /(?:hf|api_org)_[A-Za-z]{34}/,
    entropy: 3.8,
  }),
  token('groq-key', {
    description: 'Groq API key',
    reference: 'GroqCloud, "Quickstart"',
    keywords: ['gsk_'],
    pattern: /gsk_[0-9A-Za-z]{52}/,
    entropy: 3.5,
  }),
  token('xai-key', {
    description: 'xAI API key',
    reference: 'xAI Docs, "API keys"',
    keywords: ['xai-'],
    pattern: /xai-[0-9A-Za-z]{80}/,
    entropy: 3.5,
  }),
  token('perplexity-key', {
    description: 'Perplexity API key',
    reference: 'Perplexity Docs, "API key management"',
    keywords: ['pplx-'],
    pattern: /pplx-[0-9A-Za-z]{48}/,
    entropy: 3.5,
  }),
  token('replicate-token', {
    description: 'Replicate API token',
    reference: 'Replicate, "API tokens"',
    keywords: ['r8_'],
    pattern: /r8_[0-9A-Za-z]{37}/,
    entropy: 3.5,
  }),
]
