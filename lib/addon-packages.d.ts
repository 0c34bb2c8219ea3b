/** Each is installed only on its own platform. */
declare module 'azure-openai-entra-*'
