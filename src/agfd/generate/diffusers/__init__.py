"""Diffusion models: any text-to-image pipeline of the diffusers library, prompts as AUTOMATIC1111 reads them."""
