/** Each is installed on the platform that it is for alone. */
declare module 'azure-openai-entra-*'
