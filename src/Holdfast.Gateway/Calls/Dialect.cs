namespace Holdfast.Gateway.Calls;

/// <summary>A wire format. OpenAI's is the hub that the others are translated to and from.</summary>
internal enum Dialect
{
    OpenAi,
    Anthropic,
    Gemini,
    Bedrock,
}
