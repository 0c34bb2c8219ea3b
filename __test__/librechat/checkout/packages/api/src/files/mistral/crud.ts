import axios from 'axios';
import { envVarRegex, extractVariableName } from 'librechat-data-provider';
import type { OCRContext, OCRResult } from '~/types';

const DEFAULT_MISTRAL_BASE_URL = 'https://api.mistral.ai/v1';

export async function performOCR({ url, apiKey, baseURL = DEFAULT_MISTRAL_BASE_URL }: {
  url: string;
  apiKey: string;
  baseURL?: string;
}): Promise<OCRResult> {
  const config = { headers: { Authorization: `Bearer ${apiKey}` } };
  const response = await axios.post(`${baseURL}/ocr`, { document: url }, config);
  return response.data;
}

function needsEnvLoad(value: string): boolean {
  return envVarRegex.test(value) || !value.trim();
}

function getEnvVarName(configValue: string, defaultName: string): string {
  return envVarRegex.test(configValue) ? extractVariableName(configValue) || defaultName : defaultName;
}

/** What librechat.yaml says, or else what the environment says, or else what the user entered. */
async function loadAuthConfig({ req, loadAuthValues }: OCRContext) {
  const { apiKey = '', baseURL = '' } = req.config.ocr ?? {};
  const names = [getEnvVarName(apiKey, 'OCR_API_KEY'), getEnvVarName(baseURL, 'OCR_BASEURL')];
  const values = await loadAuthValues({ userId: req.user.id, authFields: names });
  return {
    apiKey: needsEnvLoad(apiKey) ? values[names[0]] || '' : apiKey,
    baseURL: needsEnvLoad(baseURL) ? values[names[1]] || DEFAULT_MISTRAL_BASE_URL : baseURL,
  };
}

export const uploadMistralOCR = async (context: OCRContext): Promise<OCRResult> => {
  const authConfig = await loadAuthConfig(context);
  return await performOCR({
    url: context.file.url,
    apiKey: authConfig.apiKey,
    baseURL: authConfig.baseURL,
  });
};

export const uploadAzureMistralOCR = async (context: OCRContext): Promise<OCRResult> => {
  const { apiKey, baseURL } = await loadAuthConfig(context);
  return await performOCR({
    apiKey,
    baseURL,
    url: context.file.url,
  });
};
