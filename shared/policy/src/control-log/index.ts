export {
  controlSubjectPrefix,
  controlSubjects,
  type MintedKey,
  type Revocation,
  type RevisionManifest,
  signEntry,
  verifyEntry,
} from './entries.js';
