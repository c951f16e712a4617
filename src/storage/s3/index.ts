export { parseS3Address, type S3Address } from './address.js';
export { createS3Blobs, type S3BlobsOptions } from './blobs.js';
export { createS3Client, type S3ClientOptions } from './client.js';
