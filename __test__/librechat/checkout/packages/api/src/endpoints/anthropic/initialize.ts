import { AuthKeys, EModelEndpoint } from 'librechat-data-provider';
import type { ClaudeResult, InitializeParams } from '~/types';
import { getLLMConfig } from './llm';

/** Puts together what the model of Claude is made with. */
export async function initializeAnthropic({ req, getUserKeyValues }: InitializeParams) {
  const { ANTHROPIC_API_KEY, ANTHROPIC_REVERSE_PROXY } = process.env;
  const credentials: Record<string, string> = {};
  const isUserProvided = ANTHROPIC_API_KEY === 'user_provided';
  const userValues = await getUserKeyValues({ userId: req.user.id, name: EModelEndpoint.anthropic });
  credentials[AuthKeys.ANTHROPIC_API_KEY] = isUserProvided ? userValues.apiKey : ANTHROPIC_API_KEY;

  const result: ClaudeResult = getLLMConfig(credentials, { reverseProxyUrl: ANTHROPIC_REVERSE_PROXY });

  return result;
}
