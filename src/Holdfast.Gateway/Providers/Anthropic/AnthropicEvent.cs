using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>The data of one stream event, taken apart. Anthropic promises no order of members.</summary>
internal ref struct AnthropicEvent
{
    public JsonView Type;
    public JsonView Index;
    public JsonView Delta;
    public JsonView ContentBlock;
    public JsonView Message;
    public JsonView Usage;
    public JsonView Error;

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static AnthropicEvent Read(JsonView data)
    {
        var sse = default(AnthropicEvent);
        var members = data.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): sse.Type = members.Value; break;
                case var name when name.SequenceEqual("index"u8): sse.Index = members.Value; break;
                case var name when name.SequenceEqual("delta"u8): sse.Delta = members.Value; break;
                case var name when name.SequenceEqual("content_block"u8): sse.ContentBlock = members.Value; break;
                case var name when name.SequenceEqual("message"u8): sse.Message = members.Value; break;
                case var name when name.SequenceEqual("usage"u8): sse.Usage = members.Value; break;
                case var name when name.SequenceEqual("error"u8): sse.Error = members.Value; break;
            }
        }

        return sse;
    }
}

/// <summary>The <c>delta</c> of a content block or of the message.</summary>
internal ref struct AnthropicDelta
{
    public JsonView Type;
    public JsonView Text;
    public JsonView Thinking;
    public JsonView PartialJson;
    public JsonView StopReason;

    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public static AnthropicDelta Read(JsonView value)
    {
        var delta = default(AnthropicDelta);
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): delta.Type = members.Value; break;
                case var name when name.SequenceEqual("text"u8): delta.Text = members.Value; break;
                case var name when name.SequenceEqual("thinking"u8): delta.Thinking = members.Value; break;
                case var name when name.SequenceEqual("partial_json"u8): delta.PartialJson = members.Value; break;
                case var name when name.SequenceEqual("stop_reason"u8): delta.StopReason = members.Value; break;
            }
        }

        return delta;
    }
}
