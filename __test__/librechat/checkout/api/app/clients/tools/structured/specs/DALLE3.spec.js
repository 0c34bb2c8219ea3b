const DALLE3 = require('../DALLE3');

test('has a name', () => {
  expect(DALLE3.name).toBe('DALLE3');
});
