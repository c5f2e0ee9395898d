// An OpenID provider (oidc-provider, certified) for tests: its development pages let anybody in,
// and what is typed as the login decides the claims. Arguments: port, configuration (JSON) of the client.
//
// A visit to /test/roll makes it sign with a fresh key that no relying party has seen.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, client, options] = [process.argv[2], JSON.parse(process.argv[3]), JSON.parse(process.argv[4] ?? '{}')];
const issuer = `http://127.0.0.1:${port}`;
const alg = client.id_token_signed_response_alg ?? 'RS256';

function key(kid) {
  const kind = alg === 'ES256' ? ['ec', { namedCurve: 'P-256' }] : ['rsa', { modulusLength: 2048 }];
  return { ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

const offices = { bob: 'Singapore Office', ann: 'San Francisco Office' };
const account = (id) => ({
  accountId: id,
  claims: async () => ({
    sub: id, email: `${id}@partner.example`, name: `${id} O'Neill & <Söhne>`,
    'https://partner.example/claims/office': offices[id] ?? 'Elsewhere', roles: ['agent', 'supervisor'],
  }),
});

// What is remembered outlives a change of keys, as it does with a real provider.
const store = new Map();
class Memory {
  constructor(name) { this.key = (id) => `${name}:${id}`; this.name = name; }
  async upsert(id, payload) { store.set(this.key(id), payload); }
  async find(id) { return store.get(this.key(id)); }
  async findByUid(uid) { return [...store].find(([key, value]) => key.startsWith(`${this.name}:`) && value.uid === uid)?.[1]; }
  async consume(id) { store.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { store.delete(this.key(id)); }
  async revokeByGrantId(grantId) { for (const [key, value] of store) if (value.grantId === grantId) store.delete(key); }
}

function provider(kid) {
  const made = new Provider(issuer, {
    adapter: Memory,
    clients: [client],
    jwks: { keys: [key(kid)] },
    findAccount: (_, id) => account(id),
    claims: { openid: ['sub'], email: ['email'], profile: ['name'], flex: ['https://partner.example/claims/office', 'roles'] },
    scopes: ['openid', 'email', 'profile', 'flex'],
    conformIdTokenClaims: options.userinfo ?? false,
    cookies: { keys: ['tests only'] },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  return made.callback();
}

let handle = provider('key-1');
let count = 1;
createServer((request, response) => {
  if (request.url !== '/test/roll') return handle(request, response);
  count += 1;
  handle = provider(`key-${count}`);
  return response.end();
}).listen(Number(port), '127.0.0.1');
