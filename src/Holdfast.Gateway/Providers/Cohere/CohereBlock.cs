using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>One part of an answer's content: text, or the thoughts before it.</summary>
internal ref struct CohereBlock
{
    /// <summary>A string, or missing.</summary>
    public JsonView Text;

    /// <summary>A string, or missing.</summary>
    public JsonView Thinking;

    /// <exception cref="JsonException">It is no part.</exception>
    public static CohereBlock Read(JsonView value)
    {
        var block = default(CohereBlock);
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("text"u8): block.Text = members.Value; break;
                case var name when name.SequenceEqual("thinking"u8): block.Thinking = members.Value; break;
            }
        }

        var isWhole = (block.Text.IsMissing || block.Text.IsString)
            && (block.Thinking.IsMissing || block.Thinking.IsString);
        return isWhole ? block : throw new JsonException("A content part lacks its content.");
    }
}

/// <summary>One tool call of an answer, or a piece of one.</summary>
internal ref struct CohereCall
{
    /// <summary>A string, or missing.</summary>
    public JsonView Id;

    /// <summary>A string, or missing.</summary>
    public JsonView Name;

    /// <summary>A string, or missing.</summary>
    public JsonView Arguments;

    public readonly bool IsBegun => Id.IsString && Name.IsString;

    /// <exception cref="JsonException">It is no call.</exception>
    public static CohereCall Read(JsonView value)
    {
        var call = default(CohereCall);
        if (!value.IsObject)
        {
            throw new JsonException("A call is an object.");
        }

        var function = value.Member("function"u8);
        call.Id = value.Member("id"u8);
        call.Name = function.Member("name"u8);
        call.Arguments = function.Member("arguments"u8);
        var isWhole = (call.Id.IsMissing || call.Id.IsString) && (call.Name.IsMissing || call.Name.IsString)
            && (call.Arguments.IsMissing || call.Arguments.IsString);
        return isWhole ? call : throw new JsonException("A call lacks what it must have.");
    }
}
