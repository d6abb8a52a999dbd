using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Passes a request of Anthropic's dialect on to Anthropic: byte for byte, but for the model's name and for thoughts
/// without a signature. Those came from another provider by <see cref="CallerAnswer"/>; callers hand them back, and
/// Anthropic would refuse the whole conversation for them.
/// </summary>
internal static class AnthropicPassedRequest
{
    public static void Write(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var body = call.Body.Span;
        if (!HasUnsigned(body))
        {
            ModelName.Replace(call, model, output);
            return;
        }

        ModelName.Replace(call, model, Thoughts(body), output);
    }

    /// <summary>A quick look: most conversations have none, and shouldn't pay for a reading.</summary>
    private static bool HasUnsigned(ReadOnlySpan<byte> body)
    {
        var name = "\"signature\""u8;
        for (var found = body.IndexOf(name); found >= 0; found = body.IndexOf(name))
        {
            body = body[(found + name.Length)..].TrimStart(" \t\r\n:"u8);
            if (body.StartsWith("\"\""u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where they stand, commas included; a message that has nothing else goes with them.</summary>
    private static List<(int Start, int End)> Thoughts(ReadOnlySpan<byte> body)
    {
        var places = new List<(int, int)>();
        using var tape = new JsonTape(body.Length);
        try
        {
            var messages = tape.ReadKnown(body).Member("messages"u8);
            var items = messages.IsArray ? messages.Items() : default;
            var list = new ListCuts(body, places);
            while (items.Next())
            {
                var content = items.Value.Member("content"u8);
                if (content.IsArray && IsNothingElse(content))
                {
                    list.Cut(items.Value);
                }
                else if (content.IsArray)
                {
                    AddThoughts(body, content, places);
                    list.Keep();
                }
                else
                {
                    list.Keep();
                }
            }
        }
        catch (JsonException)
        {
            // More values than are read here: Anthropic judges it as it is.
        }

        return places;
    }

    private static void AddThoughts(ReadOnlySpan<byte> body, JsonView content, List<(int, int)> places)
    {
        var list = new ListCuts(body, places);
        var blocks = content.Items();
        while (blocks.Next())
        {
            if (IsUnsigned(blocks.Value))
            {
                list.Cut(blocks.Value);
            }
            else
            {
                list.Keep();
            }
        }
    }

    private static bool IsNothingElse(JsonView content)
    {
        var blocks = content.Items();
        var any = false;
        while (blocks.Next())
        {
            if (!IsUnsigned(blocks.Value))
            {
                return false;
            }

            any = true;
        }

        return any;
    }

    private static bool IsUnsigned(JsonView block)
    {
        var signature = block.Member("signature"u8);
        return block.Member("type"u8).Says("thinking"u8) && signature.IsString && signature.Text.IsEmpty;
    }
}
