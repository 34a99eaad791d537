/** Tokens of forges and of continuous integration. */
import type { Rule } from '../rule.ts'
import { assigned, token } from './define.ts'

export const FORGES: readonly Rule[] = [
  token('github-token', {
    description: 'GitHub token',
    reference: 'GitHub blog, "Behind GitHub’s new authentication token formats"',
    keywords: ['ghp_', 'gho_', 'ghu_', 'ghs_'],
    pattern: /gh[pous]_[0-9A-Za-z]{36}/,
    check: 'base62-checksum',
  }),
  token('github-refresh-token', {
    description: 'GitHub refresh token',
    reference: 'GitHub Docs, "Refreshing user access tokens"',
    keywords: ['ghr_'],
    pattern: /ghr_[0-9A-Za-z]{36,76}/,
    entropy: 3.5,
  }),
  token('github-fine-grained-token', {
    description: 'GitHub fine-grained personal access token',
    reference: 'GitHub Docs, "Managing your personal access tokens"',
    keywords: ['github_pat_'],
    pattern: /github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}/,
  }),
  token('gitlab-token', {
    description: 'GitLab token',
    reference: 'GitLab Docs, "Token overview", token prefixes',
    keywords: [
      'glpat-',
      'gldt-',
      'glrt-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glimt-',
      'glagent-',
      'glsoat-',
      'gloas-',
    ],
    pattern:
      /gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[0-9A-Za-z_-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7,9})?/,
  }),
  assigned('gitea-token', 'gitea', '[0-9a-f]{40}', {
    description: 'Gitea access token',
    reference: 'Gitea Docs, "API usage", generating tokens',
  }),
  assigned('forgejo-token', 'forgejo', '[0-9a-f]{40}', {
    description: 'Forgejo access token',
    reference: 'Forgejo Docs, "Access token scope"',
  }),
  token('bitbucket-app-password', {
    description: 'Bitbucket app password',
    reference: 'Bitbucket Cloud, "App passwords"',
    keywords: ['atbb'],
    pattern: /ATBB[0-9A-Za-z]{24}[0-9A-F]{8}/,
  }),
  token('atlassian-token', {
    description: 'Atlassian API or Bitbucket access token',
    reference: 'Atlassian, "Manage API tokens for your Atlassian account"',
    keywords: ['atatt3xffg', 'atctt3xffg'],
    pattern: /AT[AC]TT3xFfG[0-9A-Za-z+/_=-]{60,400}=[0-9A-F]{8}/,
    entropy: 3.5,
  }),
  token('circleci-token', {
    description: 'CircleCI personal access token',
    reference: 'CircleCI, "Managing API tokens"',
    keywords: ['ccipat_', 'cciprj_'],
    pattern: /CCI(?:PAT|PRJ)_[0-9A-Za-z]{22}_[0-9a-f]{40}/,
  }),
  token('buildkite-token', {
    description: 'Buildkite API token',
    reference: 'Buildkite, "Managing API access tokens"',
    keywords: ['bkua_'],
    pattern: /bkua_[0-9a-f]{40}/,
  }),
  token('sonarqube-token', {
    description: 'SonarQube token',
    reference: 'SonarQube, "Generating and using tokens"',
    keywords: ['squ_', 'sqp_', 'sqa_'],
    pattern: /sq[upa]_[0-9a-f]{40}/,
  }),
]
