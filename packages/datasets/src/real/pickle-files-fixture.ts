/**
 * Pickles written by Python 3.11 and NumPy 2.4.6, base64. Made by:
 *
 * ```python
 * a = np.array([[1.5, -2.25], [0.01, -3.14]], dtype=np.float32)
 * d = {'G': a, 'A': np.asfortranarray(a[::-1] * 2)}
 * base64.b64encode(pickle.dumps(d, protocol=p))                         # protocol2 ... protocol5
 * # python2: the same with a pickle._Pickler (protocol 2) that saves bytes as BINSTRING and str as SHORT_BINSTRING
 * codes = 'ACDEFGHIKLMNPQRSTVWY'
 * all = {c: np.array([[round(0.01 * i, 2), -3.14]], np.float32) for i, c in enumerate(reversed(codes))}
 * pickle.dumps(all, protocol=4)                                         # allAminoAcids
 * pickle.dumps({'G': [[1.5, 2]]}), pickle.dumps([1, 2])                 # lists, list
 * class Evil: __reduce__ = lambda self: (os.system, ('echo hi',))
 * pickle.dumps({'G': Evil()})                                           # command
 * ```
 */
export const PICKLE_FILES = {
  protocol2:
    'gAJ9cQAoWAEAAABHcQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQJjbnVtcHkKbmRhcnJheQpxA0sAhXEEY19jb2RlY3MKZW5jb2RlCnEFWAEAAABicQZYBgAAAGxhdGluMXEHhnEIUnEJh3EKUnELKEsBSwJLAoZxDGNudW1weQpkdHlwZQpxDVgCAAAAZjRxDomIh3EPUnEQKEsDWAEAAAA8cRFOTk5K/////0r/////SwB0cRJiiWgFWBYAAAAAAMOAPwAAEMOACsOXIzzDg8O1SMOAcRNoB4ZxFFJxFXRxFmJYAQAAAEFxF2gCaANLAIVxGGgJh3EZUnEaKEsBSwJLAoZxG2gQiGgFWBgAAAAKw5fCozwAAEBAw4PDtcOIw4AAAMKQw4BxHGgHhnEdUnEedHEfYnUu',
  protocol3:
    'gAN9cQAoWAEAAABHcQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQJjbnVtcHkKbmRhcnJheQpxA0sAhXEEQwFicQWHcQZScQcoSwFLAksChnEIY251bXB5CmR0eXBlCnEJWAIAAABmNHEKiYiHcQtScQwoSwNYAQAAADxxDU5OTkr/////Sv////9LAHRxDmKJQxAAAMA/AAAQwArXIzzD9UjAcQ90cRBiWAEAAABBcRFoAmgDSwCFcRJoBYdxE1JxFChLAUsCSwKGcRVoDIhDEArXozwAAEBAw/XIwAAAkMBxFnRxF2J1Lg==',
  protocol4:
    'gASV1wAAAAAAAAB9lCiMAUeUjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAksChpRoBYwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQxAAAMA/AAAQwArXIzzD9UjAlHSUYowBQZRoBGgHSwCFlGgJh5RSlChLAUsCSwKGlGgRiEMQCtejPAAAQEDD9cjAAACQwJR0lGJ1Lg==',
  protocol5:
    'gAWVvwAAAAAAAAB9lCiMAUeUjBNudW1weS5fY29yZS5udW1lcmljlIwLX2Zyb21idWZmZXKUk5QolhAAAAAAAAAAAADAPwAAEMAK1yM8w/VIwJSMBW51bXB5lIwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGJLAksChpSMAUOUdJRSlIwBQZRoBCiWEAAAAAAAAAAK16M8AABAQMP1yMAAAJDAlGgLSwJLAoaUjAFGlHSUUpR1Lg==',
  python2:
    'gAJ9cQAoVQFHcQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpfcmVjb25zdHJ1Y3QKcQJjbnVtcHkKbmRhcnJheQpxA0sAhXEEVAEAAABicQWHcQZScQcoSwFLAksChnEIY251bXB5CmR0eXBlCnEJVQJmNHEKiYiHcQtScQwoSwNVATxxDU5OTkr/////Sv////9LAHRxDmKJVBAAAAAAAMA/AAAQwArXIzzD9UjAcQ90cRBiVQFBcRFoAmgDSwCFcRJoBYdxE1JxFChLAUsCSwKGcRVoDIhUEAAAAArXozwAAEBAw/XIwAAAkMBxFnRxF2J1Lg==',
  allAminoAcids:
    'gASV3wMAAAAAAAB9lCiMAVmUjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAUsChpRoBYwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQwgAAAAAw/VIwJR0lGKMAVeUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCArXIzzD9UjAlHSUYowBVpRoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMICtejPMP1SMCUdJRijAFUlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwiPwvU8w/VIwJR0lGKMAVOUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCArXIz3D9UjAlHSUYowBUpRoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMIzcxMPcP1SMCUdJRijAFRlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwiPwnU9w/VIwJR0lGKMAVCUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCClcjz3D9UjAlHSUYowBTpRoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMICtejPcP1SMCUdJRijAFNlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwjsUbg9w/VIwJR0lGKMAUyUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCM3MzD3D9UjAlHSUYowBS5RoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMIrkfhPcP1SMCUdJRijAFJlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwiPwvU9w/VIwJR0lGKMAUiUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCLgeBT7D9UjAlHSUYowBR5RoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMIKVwPPsP1SMCUdJRijAFGlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwiamRk+w/VIwJR0lGKMAUWUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCArXIz7D9UjAlHSUYowBRJRoBGgHSwCFlGgJh5RSlChLAUsBSwKGlGgRiUMIexQuPsP1SMCUdJRijAFDlGgEaAdLAIWUaAmHlFKUKEsBSwFLAoaUaBGJQwjsUTg+w/VIwJR0lGKMAUGUaARoB0sAhZRoCYeUUpQoSwFLAUsChpRoEYlDCFyPQj7D9UjAlHSUYnUu',
  lists: 'gASVGgAAAAAAAAB9lIwBR5RdlF2UKEc/+AAAAAAAAEsCZWFzLg==',
  list: 'gASVCQAAAAAAAABdlChLAUsCZS4=',
  command: 'gASVKQAAAAAAAAB9lIwBR5SMBXBvc2l4lIwGc3lzdGVtlJOUjAdlY2hvIGhplIWUUpRzLg==',
} as const;

/** The bytes of one of them. */
export const pickleFile = (name: keyof typeof PICKLE_FILES): Uint8Array =>
  Uint8Array.from(atob(PICKLE_FILES[name]), (character) => character.charCodeAt(0));
