using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Tokens as Anthropic counts them: <c>input_tokens</c> without the cached ones, and each stream event repeating
/// only the counts it has. What an event doesn't mention stays as it was.
/// </summary>
internal struct AnthropicUsage
{
    private long _input;
    private long _cacheWrite;
    private long _cacheRead;
    private long _output;
    private long _thinking;

    public readonly Usage Total =>
        new(_input + _cacheWrite + _cacheRead, _output, _cacheRead, _cacheWrite, _thinking);

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
            var name = members.Name;
            if (name.SequenceEqual("input_tokens"u8))
            {
                TokenCount.Update(ref _input, members.Value);
            }
            else if (name.SequenceEqual("cache_creation_input_tokens"u8))
            {
                TokenCount.Update(ref _cacheWrite, members.Value);
            }
            else if (name.SequenceEqual("cache_read_input_tokens"u8))
            {
                TokenCount.Update(ref _cacheRead, members.Value);
            }
            else if (name.SequenceEqual("output_tokens"u8))
            {
                TokenCount.Update(ref _output, members.Value);
            }
            else if (name.SequenceEqual("output_tokens_details"u8) && !members.Value.IsMissing)
            {
                UpdateDetails(members.Value);
            }
        }
    }

    private void UpdateDetails(JsonView details)
    {
        var members = details.Members();
        while (members.Next())
        {
            if (members.Name.SequenceEqual("thinking_tokens"u8))
            {
                TokenCount.Update(ref _thinking, members.Value);
            }
        }
    }
}
