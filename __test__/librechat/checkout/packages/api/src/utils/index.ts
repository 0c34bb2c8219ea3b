export * from './azure';
export * from './common';
export * from './email';
export * from './env';
