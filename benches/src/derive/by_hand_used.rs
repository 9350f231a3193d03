
pub fn each_once<'a>(db: &'a sqlx::PgPool, new: &'a NewItem) -> crate::Used<'a> {
    Box::pin(async move {
        let item = insert(db, new).await?;
        insert_many(db, std::slice::from_ref(new)).await?;
        replace(db, &item).await?;
        update(db, item.id, &ItemPatch { price: Some(1), ..ItemPatch::default() }).await?;
        upsert(db, new).await?;
        delete(db, item.id).await?;
        find(db, item.id).await?;
        find_for_update(db, item.id).await?;
        find_many(db, &[item.id]).await?;
        exists(db, item.id).await?;
        count(db).await?;
        first(db, 10).await?;
        after(db, item.id, 10).await?;
        last(db, 10).await?;
        before(db, item.id, 10).await?;
        Ok(())
    })
}
