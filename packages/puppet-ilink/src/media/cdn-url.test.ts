import { describe, expect, it } from 'vitest'
import { cdnUrl, redirectUrl } from './cdn-url.ts'

const base = 'https://novac2c.cdn.weixin.qq.com/c2c'
const params = { encrypted_query_param: 'a b/+&=' }

describe('cdnUrl', () => {
  it('builds the parameter form under the base, slash or not', () => {
    const expected = `${base}/download?encrypted_query_param=a%20b%2F%2B%26%3D`
    expect(cdnUrl({ path: 'download', params }, base).href).toBe(expected)
    expect(cdnUrl({ path: 'download', params }, `${base}/`).href).toBe(expected)
  })

  it.each([
    'https://novac2c.cdn.weixin.qq.com/c2c/download?encrypted_query_param=x',
    'https://other.cdn.qq.com/y',
  ])('takes the full URL %s', (fullUrl) => {
    expect(cdnUrl({ fullUrl, path: 'download', params }, base).href).toBe(fullUrl)
  })

  it('takes a full URL of the configured CDN, wherever that is', () => {
    const fullUrl = 'http://127.0.0.1:8080/c2c/download?x=1'
    expect(cdnUrl({ fullUrl, path: 'download' }, 'http://127.0.0.1:8080/c2c').href).toBe(fullUrl)
  })

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:6379/',
    'http://novac2c.cdn.weixin.qq.com/c2c/x',
    'https://evilqq.com/',
    'https://qq.com.evil.example/',
    'https://cdn.qq.com./',
    'https://cdn.qq.com:8443/',
    'https://user:pass@cdn.qq.com/',
    'https://cdn.qq.com@evil.example/',
    'file:///etc/passwd',
    'ftp://cdn.qq.com/',
    'no url',
  ])('never goes to %s', (fullUrl) => {
    expect(cdnUrl({ fullUrl, path: 'download', params }, base).host).toBe('novac2c.cdn.weixin.qq.com')
    expect(() => cdnUrl({ fullUrl, path: 'download' }, base)).toThrow(
      expect.objectContaining({ code: 'media-url-refused' }),
    )
  })

  it('rejects a location with neither URL nor parameters', () => {
    expect(() => cdnUrl({ path: 'upload' }, base)).toThrow(
      expect.objectContaining({ code: 'media-url-missing' }),
    )
  })

  it.each(['file:///c2c', 'nonsense', ''])('refuses the base %j', (bad) => {
    expect(() => cdnUrl({ path: 'download', params }, bad)).toThrow(
      expect.objectContaining({ code: 'media-url-refused' }),
    )
  })
})

describe('redirectUrl', () => {
  const from = new URL(`${base}/download?a=1`)

  it('follows within the CDN, relative or absolute', () => {
    expect(redirectUrl('/c2c/elsewhere', from, base).href).toBe(`${new URL(base).origin}/c2c/elsewhere`)
    expect(redirectUrl('https://edge.cdn.qq.com/f', from, base).href).toBe('https://edge.cdn.qq.com/f')
  })

  it.each(['http://10.0.0.1/', '//evil.example/x', undefined])('refuses to go to %s', (to) => {
    expect(() => redirectUrl(to, from, base)).toThrow(expect.objectContaining({ code: 'media-url-refused' }))
  })
})
