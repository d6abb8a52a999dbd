using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Tokens as Bedrock counts them: <c>inputTokens</c> without those read from a cache and written to it. How many went
/// into thoughts it doesn't say.
/// </summary>
internal struct BedrockUsage
{
    // Far above any real count, far below what would overflow when three are added.
    private const long Limit = 1_000_000_000_000;

    private long _input;
    private long _output;
    private long _cacheRead;
    private long _cacheWrite;

    public readonly Usage Total => new(_input + _cacheRead + _cacheWrite, _output, _cacheRead, _cacheWrite);

    /// <exception cref="JsonException">A count is no count.</exception>
    public void Update(JsonView usage)
    {
        if (usage.IsMissing)
        {
            return;
        }

        var members = usage.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("inputTokens"u8): Set(ref _input, members.Value); break;
                case var name when name.SequenceEqual("outputTokens"u8): Set(ref _output, members.Value); break;
                case var name when name.SequenceEqual("cacheReadInputTokens"u8):
                    Set(ref _cacheRead, members.Value);
                    break;
                case var name when name.SequenceEqual("cacheWriteInputTokens"u8):
                    Set(ref _cacheWrite, members.Value);
                    break;
            }
        }
    }

    private static void Set(ref long count, JsonView value)
    {
        if (value.IsMissing)
        {
            return;
        }

        if (!value.TryGetInt64(out var number) || number is < 0 or > Limit)
        {
            throw new JsonException("A token count is a whole number.");
        }

        count = number;
    }
}
